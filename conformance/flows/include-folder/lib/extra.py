word = 'in a folder'

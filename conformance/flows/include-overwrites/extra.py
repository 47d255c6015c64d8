word = 'included'

word = 'own'

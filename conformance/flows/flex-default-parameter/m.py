def run(q, n=3, o=None):
    return {'q': q, 'n': n, 'o': o}

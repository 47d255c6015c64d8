def run(q, n):
    return {'q': q, 'n': n}

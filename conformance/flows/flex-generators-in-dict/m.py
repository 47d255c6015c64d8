def run(q):
    return {'a': (c for c in 'xy'), 'b': q}

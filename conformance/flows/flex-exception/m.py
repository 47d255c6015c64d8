def run(q):
    if q == 'b':
        raise ValueError('no b')
    return q

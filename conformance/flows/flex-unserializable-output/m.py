def run(q):
    return {'a': {q}}

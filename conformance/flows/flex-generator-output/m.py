def run(q):
    yield q
    yield 1
    yield None

async def run(q):
    yield q
    yield '!'

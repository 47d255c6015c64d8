async def run(q):
    return {'said': q}

def run(q):
    return [q, 1.0, None]

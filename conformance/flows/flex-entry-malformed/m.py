def run(q):
    return q

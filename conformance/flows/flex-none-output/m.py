def run(q):
    pass

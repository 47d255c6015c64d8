def other(q):
    return q

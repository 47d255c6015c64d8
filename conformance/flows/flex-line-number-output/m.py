def run(q):
    return {'line_number': 'mine', 'q': q}

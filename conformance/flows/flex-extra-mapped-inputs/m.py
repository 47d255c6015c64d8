def run(q, **others):
    return {'q': q, 'others': sorted(others)}

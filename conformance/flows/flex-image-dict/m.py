def run(q):
    return {'type': type(q).__name__, 'keys': list(q)}

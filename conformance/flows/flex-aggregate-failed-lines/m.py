class run:
    def __init__(self):
        pass

    def __call__(self, q: str):
        if q == 'a':
            raise ValueError('a')
        return q

    def __aggregate__(self, results: list):
        return {'results': '-'.join(results)}

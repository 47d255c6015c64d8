class run:
    def __init__(self, bonus: int = 1):
        raise RuntimeError('no')

    def __call__(self, q: str):
        return {'score': len(q) + int(self.bonus)}

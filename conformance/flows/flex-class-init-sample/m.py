class run:
    def __init__(self, bonus: int = 1):
        self.bonus = bonus

    def __call__(self, q: str):
        return {'score': len(q) + int(self.bonus)}

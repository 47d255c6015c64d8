from promptflow.core import ToolProvider, tool


class Greeter(ToolProvider):
    def __init__(self, greeting: str = "hi"):
        super().__init__()
        self.greeting = greeting
        raise ValueError('no')

    @tool
    def run(self, x):
        self.calls += 1
        return [self.greeting, x, self.calls]

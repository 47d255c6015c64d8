from promptflow.tracing import trace

@trace
def run(q: str):
    return {'q': q}

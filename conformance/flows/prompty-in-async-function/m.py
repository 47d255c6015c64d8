import asyncio

from promptflow.core import AsyncPrompty


async def run(q):
    ask = AsyncPrompty.load("ask.prompty")
    return {"answers": await asyncio.gather(ask(q=q), ask(q=q + "2"))}

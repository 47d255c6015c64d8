from promptflow.exceptions import UserErrorException
from promptflow.core import tool


@tool
def run(x):
    raise UserErrorException('mine')

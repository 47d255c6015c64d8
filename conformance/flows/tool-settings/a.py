from promptflow.core import InputSetting, tool
from promptflow.entities import DynamicList


def choices():
    return []


@tool(input_settings={"y": InputSetting(dynamic_list=DynamicList(function=choices))})
def run(x, y):
    return [x, y]

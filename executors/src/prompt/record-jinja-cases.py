"""Fills in what real Jinja2 makes of every case in jinja-cases.json, or in another such file.

Run it with a Python that has Jinja2 installed, after adding a case by hand ({"name", "template", "inputs"}); the cases of
jinja-grammar-cases.json are made by `npm run record`:

    python record-jinja-cases.py [file]

It renders as promptflow does (sandbox, trim_blocks, keep_trailing_newline, default undefined, no loader) and writes
back, one case a line, with the version of Jinja2 and Python that said so. Each case gets exactly one of

    "expected":  the rendered text
    "error":     {"type", "message", "line"} of a template that loads and fails while it renders
    "loadError": the same, of a template that does not load: it cannot be parsed, or names an unknown filter

and, unless it failed to load, "variables": its undeclared variables in the order promptflow lists them.
"""

import copy
import json
import platform
import re
import sys
from pathlib import Path

import jinja2
from jinja2 import Environment, meta
from jinja2.sandbox import SandboxedEnvironment


def failure(error):
    line = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    message = getattr(error, "message", None) if isinstance(error, jinja2.TemplateSyntaxError) else str(error)
    return {"type": type(error).__name__, "message": message, "line": line}


def record(case):
    template, inputs = case["template"], case["inputs"]
    result = {"name": case["name"], "template": template, "inputs": inputs}
    try:
        found = meta.find_undeclared_variables(Environment().parse(template))
    except jinja2.TemplateError as error:
        return {**result, "loadError": failure(error)}
    result["variables"] = sorted(sorted(found), key=template.find)
    environment = SandboxedEnvironment(trim_blocks=True, keep_trailing_newline=True)
    try:
        text = environment.from_string(template).render(**copy.deepcopy(inputs))
        # Where an object lies in memory is different every time; ours is always here.
        return {**result, "expected": re.sub(r" at 0x[0-9a-f]+>", " at 0x7f0000000000>", text)}
    except Exception as error:
        return {**result, "error": failure(error)}


def main():
    here = Path(__file__).parent / "jinja-cases.json"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    cases = [record(case) for case in json.loads(path.read_text("utf-8"))["cases"]]
    lines = ",\n".join("    " + json.dumps(case, ensure_ascii=True) for case in cases)
    text = (
        f'{{\n  "jinja2": "{jinja2.__version__}",\n  "python": "{platform.python_version()}",\n'
        f'  "cases": [\n{lines}\n  ]\n}}\n'
    )
    path.write_text(text, "utf-8")
    print(f"{len(cases)} cases recorded with Jinja2 {jinja2.__version__}")


if __name__ == "__main__":
    main()

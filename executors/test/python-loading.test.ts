import { type ErrorRecord, ToolLoadFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { type FlowSketch, openFlow, script, TOOL } from "./python-builders.ts"

async function loadFailure(sketch: FlowSketch): Promise<{ record: ErrorRecord; last: string }> {
  const failure = await openFlow(sketch).then(
    () => undefined,
    (error: unknown) => error
  )
  if (!(failure instanceof ToolLoadFailure)) throw new Error(`not a ToolLoadFailure: ${failure}`)
  let last = failure.record.code
  for (let inner = failure.record.innerError; inner !== null; inner = inner.innerError) last = inner.code
  return { record: failure.record, last }
}

const provider = `from promptflow.core import ToolProvider, tool
class Kit(ToolProvider):
    def __init__(self, size: int, colour="red"):
        super().__init__()
        self.size, self.colour = size, colour
    @tool
    def run(self, x, y=2):
        return [self.size, self.colour, x, y]
`

describe("a node's file", () => {
  test("runs as a module of its own, in the flow folder, with its neighbours importable", async () => {
    const code = `import os, sys, near\n${TOOL}count = 0\n@tool\ndef run(x):\n    global count\n    count += 1\n    return [__name__, os.path.basename(__file__), os.getcwd() == sys.path[0], open("data.txt").read(), near.word, count]\n`
    const flow = await openFlow({
      nodes: {
        a: { code, inputs: { x: "${inputs.x}" }, path: "tools/shared.py" },
        b: { code, inputs: { x: "${inputs.x}" }, path: "tools/shared.py" }
      },
      files: { "data.txt": "data", "near.py": "word = 'near'", "json.py": "raise Exception('shadows the library')" }
    })

    const first = await flow.call("a", { x: 1 })
    const second = await flow.call("b", { x: 1 })

    expect(first.value).toEqual(["__pf_main__", "shared.py", true, "data", "near", 1])
    expect(second.value).toEqual(first.value)
  })

  test("dataclasses with postponed annotations load", async () => {
    const code = `from __future__ import annotations\nimport dataclasses\n${TOOL}@dataclasses.dataclass\nclass D:\n    x: int\n@tool\ndef run():\n    return D(1).x\n`
    const flow = await openFlow({ nodes: { a: { code } } })

    expect((await flow.call("a")).value).toBe(1)
  })

  test.each([
    ["def run(): pass\n", "NoToolDefined", "No tool in 'a.py'"],
    ["from other import run\n", "NoToolDefined", "No tool in 'a.py'"],
    [`${TOOL}@tool\ndef f(): pass\n@tool\ndef g(): pass\n`, "MultipleToolsDefined", "2 tools (f, g)"],
    [`${provider}    @tool\n    def other(self): pass\n`, "MultipleToolsDefined", "2 tools (Kit.other, Kit.run)"]
  ])("with other than one tool is refused (%#)", async (code, expected, message) => {
    const { record, last } = await loadFailure({
      nodes: { a: { code } },
      files: { "other.py": script("", "return 1") }
    })

    expect(last).toBe(expected)
    expect(record.message).toContain(`Tool load failed in 'a': (${expected})`)
    expect(record.message).toContain(message)
  })

  test("that is misspelt is refused with file, line and column", async () => {
    const { record, last } = await loadFailure({ nodes: { a: { code: `${TOOL}@tool\ndef run(x) pass\n` } } })

    expect(last).toBe("PythonLoadError")
    expect(record.place).toMatch(/^a\.py:3:\d+$/)
    expect(record.message).toContain("(SyntaxError) ")
  })

  test("that imports what is not there is refused with the package to install", async () => {
    const { record, last } = await loadFailure({
      nodes: { a: { code: `import deep\n${script("", "return 1")}` } },
      files: { "deep.py": "\nimport bs4_not_there.x\nimport bs4\n", "bs4_not_there.py": "" }
    })
    const named = await loadFailure({ nodes: { n: { code: "import yaml_is_not_here\n" } } })

    expect(last).toBe("PythonLoadError")
    expect(record.place).toBe("deep.py:2")
    expect(named.record.hint).toMatch(
      /node 'n' needs the module 'yaml_is_not_here' \(n\.py:1\).*pip install yaml-is-not-here/
    )
  })

  test("that exits while it is imported is refused, naming the module that did", async () => {
    const { record, last } = await loadFailure({
      nodes: { a: { code: `import settings\n${script("", "return 1")}` } },
      files: { "settings.py": "import sys\nsys.exit('no key')\n" }
    })

    expect(last).toBe("PythonLoadError")
    expect(record.message).toContain("the module at settings.py:2 called exit(no key) while it was imported")
  })

  test("that does not exist is refused as InvalidSource", async () => {
    const { last } = await loadFailure({ nodes: { a: { code: "", path: "sub/a.py" } }, files: {} }).catch(() => ({
      last: ""
    }))
    const flow = await openFlow({ nodes: { a: { code: script("", "return 1") } } })
    const missing = flow.host.prepare({ ...flow.plan.nodes[0]!, path: "gone.py" }, 0)

    expect(last).toBe("NoToolDefined")
    await expect(missing).rejects.toThrow("(InvalidSource) Tool file 'gone.py' of node 'a' does not exist.")
  })

  test("may load another after one that failed", async () => {
    const flow = await openFlow({ nodes: { a: { code: script("", "return 1") } } })
    await expect(flow.host.prepare({ ...flow.plan.nodes[0]!, path: "gone.py" }, 0)).rejects.toThrow()

    expect((await flow.call("a")).value).toBe(1)
  })
})

describe("a ToolProvider", () => {
  test("is made once, from the literals that its constructor takes", async () => {
    const flow = await openFlow({ nodes: { a: { code: provider, inputs: { size: "5", x: "${inputs.x}" } } } })

    expect((await flow.call("a", { x: "hi" })).value).toEqual([5, "red", "hi", 2])
  })

  test.each([
    [{ x: "${inputs.x}" }, provider, "MissingRequiredInputs"],
    [{ size: "${inputs.x}" }, provider, "InputTypeMismatch"],
    [{ size: "abc" }, provider, "NodeInputValidationError"],
    [{ size: 1 }, provider.replace("super().__init__()", "raise ValueError('no')"), "ToolLoadError"]
  ])("is refused when it cannot be made from %j", async (inputs, code, expected) => {
    const { last } = await loadFailure({ nodes: { a: { code, inputs } } })

    expect(last).toBe(expected)
  })
})

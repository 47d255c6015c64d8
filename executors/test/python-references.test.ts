import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ForeignReference, ForeignValue, HostLost } from "@throughline/core/contracts"
import { describe, expect, test, vi } from "vitest"
import { type FlowSketch, openFlow, script, TOOL } from "./python-builders.ts"

const made = `${TOOL}import dataclasses
@dataclasses.dataclass
class Box:
    label: str
    items: list
SHARED = Box("shared", [1.0, {"k": "v"}, (1, 2)])
@tool
def run():
    return {"box": SHARED, "plain": [1.0, 2], "text": "abc"}
`

describe("values pass from Python to Python by reference", () => {
  test("identity, types and unserialisable objects survive", async () => {
    const check = script("x, y", "return [x is y, type(x['box']).__name__, type(x['plain'][0]).__name__]")
    const flow = await openFlow({
      nodes: { a: { code: made }, b: { code: check, inputs: { x: "${a.output}", y: "${a.output}" } } }
    })

    const a = await flow.call("a")
    const b = await flow.call("b", { x: a, y: a })

    expect(a.isSerializable).toBe(false)
    expect(b.value).toEqual([true, "Box", "float"])
  })

  test.each([
    [["box", "label"], "'shared'"],
    [["box", "items", 0], "1.0"],
    [["box", "items", 1, "k"], "'v'"],
    [["box", "items", 2], "(1, 2)"],
    [["text", 1], "'b'"],
    [["plain", "count"], "<built-in method count of list object"]
  ])("the path %j is followed in Python", async (path, text) => {
    const flow = await openFlow({
      nodes: { a: { code: made }, b: { code: script("x", "return repr(x)"), inputs: { x: "${a.output.p}" } } }
    })

    const b = await flow.call("b", { x: new ForeignReference(await flow.call("a"), path) })

    expect(String(b.value).startsWith(text)).toBe(true)
  })

  test.each([
    ["${a.output.zz}", ["zz"], "zz"],
    ["${a.output.box.zz}", ["box", "zz"], "box.zz"],
    ["${a.output.plain[7]}", ["plain", 7], "plain[7]"]
  ])("the path of %s fails with InvalidReferenceProperty", async (reference, path, property) => {
    const flow = await openFlow({
      nodes: { a: { code: made }, b: { code: script("x", "return x"), inputs: { x: reference } } }
    })
    const a = await flow.call("a")

    const failed = flow.call("b", { x: new ForeignReference(a, path) })

    await expect(failed).rejects.toMatchObject({
      record: {
        messageParameters: { property, node_name: "a" },
        code: "UserError",
        innerError: { code: "NodeReferenceError", innerError: { code: "InvalidReferenceProperty", innerError: null } }
      }
    })
  })

  test("a value that only leaves the process is not kept in it", async () => {
    const flow = await openFlow({ nodes: { a: { code: script("", "return 1") } } })

    expect((await flow.call("a")).handle).toBeUndefined()
  })

  test("objects are forgotten when their line is released", async () => {
    const counted = `${TOOL}import gc\nclass Big:\n    pass\n@tool\ndef run():\n    return Big()\n`
    const count = script("x", "import gc", "return sum(type(each).__name__ == 'Big' for each in gc.get_objects())")
    const flow = await openFlow({
      nodes: { a: { code: counted }, b: { code: count, inputs: { x: "${a.output}" } } }
    })

    for (let position = 0; position < 50; position++) {
      await flow.call("a", {}, { position })
      flow.host.releaseLine?.(position)
    }
    const last = await flow.call("a", {}, { position: 50 })
    const b = await flow.call("b", { x: last }, { position: 50 })

    expect(b.value).toBe(1)
  })

  test("an object that comes after its line was released is forgotten, too", async () => {
    const big = `${TOOL}import os, time\nclass Big:\n    pass\n@tool\ndef run():\n    open("begun", "w").close()\n    while not os.path.exists("go"):\n        time.sleep(0.005)\n    return Big()\n`
    const count = script("x", "import gc", "return sum(type(each).__name__ == 'Big' for each in gc.get_objects())")
    const flow = await openFlow({
      nodes: { a: { code: big }, b: { code: count, inputs: { x: "${a.output}" } } }
    })
    const late = flow.call("a", {}, { position: 0 })
    await vi.waitUntil(() => existsSync(join(flow.folder, "begun")))

    flow.host.releaseLine?.(0)
    const next = flow.call("b", { x: null }, { position: 1 })
    await vi.waitUntil(() => flow.host.stats.frames === 2)
    writeFileSync(join(flow.folder, "go"), "")
    await Promise.all([late, next])
    const b = await flow.call("b", { x: null }, { position: 2 })

    expect(b.value).toBe(0)
  })

  test("an object of a process that died is lost with it", async () => {
    const flow = await openFlow({
      nodes: {
        a: { code: made },
        b: { code: script("x", "return 1"), inputs: { x: "${a.output}" } },
        c: { code: script("", "import os", "os._exit(7)") }
      }
    })
    const a = await flow.call("a")
    await expect(flow.call("c")).rejects.toBeInstanceOf(HostLost)

    await expect(flow.call("b", { x: a })).rejects.toBeInstanceOf(HostLost)
    expect((await flow.call("b", { x: await flow.call("a") })).value).toBe(1)
  })
})

describe("a property of a value without a JSON form", () => {
  const sketch = (body: string, output = "${a.output.answer}") => {
    const code = `import dataclasses\nfrom promptflow.core import tool\ndef words():\n    yield "hello "\n    yield "world"\n@dataclasses.dataclass\nclass Answer:\n    answer: str\n@tool\ndef run():\n    return ${body}\n`
    return { nodes: { a: { code } }, outputs: [output] }
  }
  /** The node's value, as the lane sees it. */
  const outputOf = async (flow: FlowSketch) => (await openFlow(flow)).call("a")

  test.each([
    ["a stream in a dict", '{"answer": words()}', { answer: "hello world" }],
    [
      "an object beside it",
      '{"answer": "yes", "other": object}',
      { answer: "yes", other: expect.any(String) as string }
    ],
    ["an attribute", 'Answer("yes")', { answer: "yes" }]
  ])("reaches what is outside of Python: %s", async (_, body, expected) => {
    const value = await outputOf(sketch(body))

    expect(value.value).toEqual(expected)
    expect(value.isSerializable).toBe(false)
  })

  test("is not looked for where nobody takes one", async () => {
    const value = await outputOf(sketch('{"answer": words()}', "${a.output}"))

    expect(value.value).toMatch(/^\{'answer': <generator object words/)
  })
})

describe("images", () => {
  const image = { "data:image/png;base64": "iVBORw0KGgo=" }

  test("an image in promptflow's dict form reaches the tool as an Image, and leaves as a dict again", async () => {
    const code = script("x, y", "return [type(x).__name__, str(x), len(y['in'][0]), x]")
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}", y: "${inputs.y}" } } } })

    const value = await flow.call("a", { x: image, y: { in: [image] } })

    expect(value.value).toEqual(["Image", "Image(4caece53)", 8, image])
  })

  test.each([
    ["url", "file:///etc/hostname", "(InvalidImageInput)"],
    ["url", "http://localhost/x.png", "(InvalidImageInput)"],
    ["path", "nowhere.png", "(FileNotFoundError)"]
  ])("one by %s that cannot be had fails the call, naming the input: %s", async (how, source, reason) => {
    const flow = await openFlow({ nodes: { a: { code: script("x", "return x"), inputs: { x: "${inputs.x}" } } } })
    const remote = { [`data:image/png;${how}`]: source }

    for (const x of [
      remote,
      { deep: [remote] },
      new ForeignReference(new ForeignValue(JSON.stringify([remote])), [0])
    ]) {
      await expect(flow.call("a", { x })).rejects.toMatchObject({
        name: "ToolFailure",
        record: {
          message: expect.stringContaining(`Failed to load image for input 'x': ${reason}`) as string,
          code: "UserError",
          innerError: { code: "LoadMultimediaDataError", innerError: null }
        }
      })
    }
  })

  test("one that is a literal of the flow is read when the tool is loaded", async () => {
    const code = `from promptflow.contracts.multimedia import Image\n${script("x, y: Image", "return [bytes(i).decode() for i in (x, y)]")}`
    const inputs = { x: { "data:image/png;path": "logo.png" }, y: "logo.png" }
    const flow = await openFlow({ nodes: { a: { code, inputs } }, files: { "logo.png": "read" } })

    expect((await flow.call("a")).value).toEqual(["read", "read"])
  })

  test("one that is a literal of the flow and not there fails the load of the tool", async () => {
    const inputs = { x: { "data:image/png;path": "logo.png" } }

    const opened = openFlow({ nodes: { a: { code: script("x", "return x"), inputs } } })

    await expect(opened).rejects.toMatchObject({
      record: { innerError: { innerError: { innerError: { code: "NodeInputValidationError" } } } }
    })
  })
})

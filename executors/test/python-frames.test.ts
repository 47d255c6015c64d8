import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { aFolder, callOnce, openFlow, script } from "./python-builders.ts"

const echo = script("x", "return x")

describe("calls travel in frames", () => {
  test("1,000 calls made in one turn go to one process in frames of 32 calls or more", async () => {
    const flow = await openFlow({ nodes: { a: { code: echo, inputs: { x: "${inputs.x}" } } } })
    const { pid } = flow.host.stats

    const results = await Promise.all(Array.from({ length: 1_000 }, (_, x) => flow.call("a", { x }, { position: x })))

    expect(results.map(({ text }) => text)).toEqual(Array.from({ length: 1_000 }, (_, x) => String(x)))
    const { calls, frames, processes, replies } = flow.host.stats
    expect({ calls, processes, replies, pid: flow.host.stats.pid }).toEqual({
      calls: 1_000,
      processes: 1,
      replies: 1_000,
      pid
    })
    expect(calls / frames).toBeGreaterThanOrEqual(32)
  })

  test("lines that are walked together keep filling frames, node after node", async () => {
    const flow = await openFlow({
      nodes: {
        a: { code: echo, inputs: { x: "${inputs.x}" } },
        b: { code: echo, inputs: { x: "${a.output}" } }
      }
    })
    let next = 0
    const walkLines = async () => {
      while (next < 2_000) {
        const position = next++
        const a = await flow.call("a", { x: position }, { position })
        const b = await flow.call("b", { x: a }, { position })
        expect(b.text).toBe(String(position))
        flow.host.releaseLine?.(position)
      }
    }

    await Promise.all(Array.from({ length: 128 }, walkLines))

    const { calls, frames } = flow.host.stats
    expect(calls).toBe(4_000)
    expect(calls / frames).toBeGreaterThanOrEqual(32)
  })

  test("a slow call does not hold back the results of the calls before it", async () => {
    const code = script("x", "import os, time", "while x and not os.path.exists(x): time.sleep(0.01)", "return x")
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })
    const go = join(aFolder({}), "go")

    const [quick, slow] = [flow.call("a", { x: "" }), flow.call("a", { x: go })]
    const first = await quick
    writeFileSync(go, "")
    const second = await slow

    expect([first.value, second.value]).toEqual(["", go])
  })
})

describe("values keep what they are", () => {
  test.each([
    ["1.0", "1.0"],
    ["10 ** 20", "100000000000000000000"],
    ["float('nan')", "NaN"],
    ["[float('inf'), -float('inf')]", "[Infinity, -Infinity]"],
    ["(1, 'a', None, True)", '[1, "a", null, true]'],
    ["{1: 'a', None: 2, True: 3, 1.5: 4}", '{"1": 3, "null": 2, "1.5": 4}'],
    ["'é 日本 \\U0001f600'", '"é 日本 😀"'],
    ["'a\\ud800b'", '"a\\ud800b"'],
    ["None", "null"]
  ])("%s comes home as %s", async (expression, text) => {
    const value = await callOnce(script("", `return ${expression}`))

    expect(value.text).toBe(text)
    expect(value.isSerializable).toBe(true)
  })

  test.each([
    [Number.NaN, "nan"],
    [[1, Number.POSITIVE_INFINITY], "[1, inf]"],
    [2 ** 53, "9007199254740992"],
    ["half \ud800 pair", "'half \\ud800 pair'"],
    [{ ключ: ["值", null, true] }, "{'ключ': ['值', None, True]}"],
    [new Date(0), "'1970-01-01T00:00:00.000Z'"]
  ])("%j arrives as %s", async (x, text) => {
    const value = await callOnce(script("x", "return repr(x)"), { x })

    expect(value.value).toBe(text)
  })

  test("an object without a JSON form comes home as its text form, marked as such", async () => {
    const value = await callOnce(script("", "return {'s': {1}}"))

    expect(value).toMatchObject({
      text: "\"{'s': {1}}\"",
      isSerializable: false,
      reason: "(TypeError) Object of type set is not JSON serializable"
    })
  })

  test.each(["def", "async def"])("a value of 1000 levels arrives (%s)", async (def) => {
    let x: unknown = "deep"
    for (let level = 0; level < 1000; level++) x = level % 2 === 0 ? [x] : { x }
    const code = `from promptflow.core import tool\n@tool\n${def} run(x):\n    while not isinstance(x, str):\n        x = x[0] if isinstance(x, list) else x["x"]\n    return x\n`

    expect((await callOnce(code, { x })).value).toBe("deep")
  })

  test("one that JSON cannot hold fails its own call, and no other", async () => {
    const flow = await openFlow({ nodes: { b: { code: echo, inputs: { x: "${inputs.x}" } } } })
    const circle: unknown[] = []
    circle.push(circle)

    const [before, failed, after] = await Promise.allSettled([1, circle, 2].map((x) => flow.call("b", { x })))

    expect(failed).toMatchObject({
      reason: {
        name: "ToolFailure",
        record: {
          message: expect.stringMatching(/^input 'x' of node 'b' cannot be handed to Python: the value contains/)
        }
      }
    })
    expect(before).toMatchObject({ value: { text: "1" } })
    expect(after).toMatchObject({ value: { text: "2" } })
  })

  test("an object whose text form raises does not break the frame", async () => {
    const code = `class Bad:\n    def __str__(self):\n        raise ValueError('no text')\n${script("", "return Bad()")}`

    expect((await callOnce(code)).value).toBe("<Bad object without a text form>")
  })

  test("5 MB go there and back", async () => {
    const x = "é".repeat(2_500_000)

    const value = await callOnce(script("x", "return x"), { x })

    expect(value.value).toBe(x)
  })
})

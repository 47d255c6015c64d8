import { describe, expect, test } from "vitest"
import {
  ForeignValue,
  HostLost,
  type LineInputs,
  type NodePlan,
  type PreparedTool,
  ToolFailure
} from "../contracts/index.ts"
import { aNode, anError, aTool, inputRef, literal, nodeRef } from "../testing/line-builders.ts"
import { compileWalk, type WalkEnd } from "./walk-line.ts"
import { WalkedLine } from "./walked-line.ts"

interface Step {
  readonly node: NodePlan
  readonly tool: PreparedTool
}

/** Walks a line over these nodes; node k is called `node<k>` unless it has a name of its own. */
function walk(steps: readonly Step[], inputs: LineInputs = {}, line = new WalkedLine(0, 0)) {
  let clock = 0
  const named = steps.map(({ node, tool }, index) => ({ node: { ...node, name: `node${index}` }, index, tool }))
  return compileWalk(named, steps.length, () => clock++)(inputs, line, clock++)
}

/** The same for lines whose tools all answer at once. */
function walkNow(steps: readonly Step[], inputs: LineInputs = {}): WalkEnd {
  const end = walk(steps, inputs)
  if (end instanceof Promise) throw new Error("the walk was not synchronous")
  return end
}

const constant = (value: unknown): Step => ({ node: aNode(), tool: aTool(() => value) })
const statusesOf = (end: WalkEnd) => end.records.map(({ node, status }) => `${node} ${status}`)

/** A node that is bypassed because its condition does not hold. */
const bypassed: Step = {
  node: aNode({ activate: { when: literal(1), is: 2 } }),
  tool: aTool(() => "never")
}

describe("a line", () => {
  test("is one synchronous call when every tool answers at once (W2)", () => {
    const end = walk([
      constant(1),
      { node: aNode({ inputs: { x: nodeRef(0) } }), tool: aTool(({ x }) => Number(x) + 1) }
    ])

    expect(end).not.toBeInstanceOf(Promise)
    expect((end as WalkEnd).values).toEqual([1, 2])
  })

  test("gives each node its inputs by name: literals, flow inputs, whole outputs and properties", () => {
    const seen: unknown[] = []
    const inputs = { text: literal("t"), question: inputRef("q"), whole: nodeRef(0), part: nodeRef(0, "list", 1) }

    walkNow([constant({ list: [1, 2] }), { node: aNode({ inputs }), tool: aTool((given) => seen.push(given)) }], {
      q: "why?"
    })

    expect(seen).toEqual([{ text: "t", question: "why?", whole: { list: [1, 2] }, part: 2 }])
  })

  test("takes a tool's converted literals instead of the plan's", () => {
    const seen: unknown[] = []
    const tool = aTool((given) => seen.push(given), { literals: { x: { parsed: true } } })

    walkNow([{ node: aNode({ inputs: { x: literal("{}"), y: literal("kept") } }), tool }])

    expect(seen).toEqual([{ x: { parsed: true }, y: "kept" }])
  })

  test("gives an input that is called __proto__ as an own key", () => {
    const seen: unknown[] = []

    walkNow([
      { node: aNode({ inputs: { ["__proto__"]: literal({ a: 1 }) } }), tool: aTool((given) => seen.push(given)) }
    ])

    expect(Object.getOwnPropertyDescriptor(seen[0], "__proto__")?.value).toEqual({ a: 1 })
    expect(Object.getPrototypeOf(seen[0])).toBe(Object.prototype)
  })

  test("records an output of undefined as null", () => {
    expect(walkNow([constant(undefined)]).records).toMatchObject([{ status: "Completed", value: null }])
  })

  test("records a foreign value by its text, and hands it on as it is only to tools that take it", () => {
    const seen: unknown[] = []
    const inputs = { x: nodeRef(0), part: nodeRef(0, "a") }
    const value = new ForeignValue('{"a": 1.0}', 7)
    const look = (takesForeign: boolean) => ({
      node: aNode({ inputs }),
      tool: aTool((given) => seen.push(given), { takesForeign })
    })

    const end = walkNow([constant(value), look(true), look(false)])

    expect(end.records[0]).toMatchObject({ json: '{"a": 1.0}' })
    expect(end.records[0]).not.toHaveProperty("value")
    expect(seen).toMatchObject([
      { x: value, part: { source: value, path: ["a"] } },
      { x: { a: 1 }, part: 1 }
    ])
  })

  test("keeps what a call reported beside its value: prints and tokens", () => {
    const logs = { stdout: "hello", stderr: "" }
    const tokens = { prompt: 1, completion: 2, total: 3 }
    const tool = aTool((_, call) => {
      call.logs = logs
      call.tokens = tokens
    })

    expect(walkNow([{ node: aNode(), tool }]).records).toMatchObject([{ logs, tokens }])
  })

  test("has its records in plan order, whatever finished first (W4)", async () => {
    const slow = Promise.withResolvers<number>()
    const walking = walk([{ node: aNode(), tool: aTool(() => slow.promise) }, constant(2), bypassed])

    slow.resolve(1)

    expect(statusesOf(await walking)).toEqual(["0 Completed", "1 Completed", "2 Bypassed"])
  })

  test("starts all that is ready while other nodes wait, and what depends on them afterwards (W1)", async () => {
    const order: string[] = []
    const [left, right] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    const step = (name: string, inputs: Parameters<typeof aNode>[0], result: unknown): Step => ({
      node: aNode(inputs),
      tool: aTool(() => {
        order.push(name)
        return result
      })
    })
    const walking = walk([
      step("left", {}, left.promise),
      step("right", {}, right.promise),
      step("after left", { inputs: { x: nodeRef(0) } }, 1),
      step("after both", { inputs: { x: nodeRef(0), y: nodeRef(1) } }, 2)
    ])

    const early = [...order]
    right.resolve("r")
    await right.promise
    left.resolve("l")
    await walking

    expect(early).toEqual(["left", "right"])
    expect(order).toEqual(["left", "right", "after left", "after both"])
  })

  test("takes a thenable that settles at once for the value it gives (W1)", async () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this test is about
    const instant = { then: (resolve: (value: number) => void) => resolve(1) }
    const second = (result: unknown): Step => ({
      node: aNode({ inputs: { x: nodeRef(0) } }),
      tool: aTool(() => result)
    })
    const late = Promise.withResolvers<number>()

    const walking = walk([
      constant(Promise.resolve(0)),
      second(instant),
      second(late.promise),
      { node: aNode({ inputs: { x: nodeRef(1), y: nodeRef(2) } }), tool: aTool(({ x, y }) => [x, y]) }
    ])
    setImmediate(() => late.resolve(2))

    expect((await walking).values).toEqual([0, 1, 2, [1, 2]])
  })

  test("passes a lost host on as it is: the line is unknown, not failed", async () => {
    const lost = new HostLost("the process died")
    const throws = { node: aNode(), tool: aTool(() => Promise.reject(lost)) }

    await expect(walk([throws, { node: aNode(), tool: aTool(() => new Promise(() => {})) }])).rejects.toBe(lost)
    expect(() =>
      walk([
        {
          node: aNode(),
          tool: aTool(() => {
            throw lost
          })
        }
      ])
    ).toThrow(lost)
  })

  test("that is cut short keeps what it has; what runs is canceled with the reason, and its answer is dropped", async () => {
    const slow = Promise.withResolvers<string>()
    const line = new WalkedLine(0, 0)
    const reason = anError("out of time")
    void walk(
      [
        constant("done"),
        { node: aNode(), tool: aTool(() => slow.promise) },
        { node: aNode({ inputs: { x: nodeRef(1) } }), tool: aTool(() => "never") }
      ],
      {},
      line
    )

    const end = line.underWay!.cutShort(reason)
    slow.resolve("too late")
    await slow.promise

    expect(statusesOf(end)).toEqual(["0 Completed", "1 Canceled"])
    expect(end.records[1]?.error).toBe(reason)
  })

  test("aborts the signal of a line, also one that a tool asks for only afterwards", () => {
    const line = new WalkedLine(4, 40)
    const signals: AbortSignal[] = []
    const look = aTool((_, call) => {
      signals.push(call.signal)
    })

    walk([{ node: aNode(), tool: look }], {}, line)
    const before = signals[0]?.aborted
    line.abort("stop")
    const late = new WalkedLine(5, 50)
    late.abort("too late")
    walk([{ node: aNode(), tool: look }], {}, late)

    expect(before).toBe(false)
    expect(signals.map(({ aborted, reason }) => [aborted, reason])).toEqual([
      [true, "stop"],
      [true, "too late"]
    ])
  })
})

describe("the first failure ends the line (W3)", () => {
  test("with the tool's own record, and nothing starts after it", () => {
    const record = anError("no answer")
    let hasStarted = false
    const end = walkNow([
      {
        node: aNode(),
        tool: aTool(() => {
          throw new ToolFailure(record)
        })
      },
      {
        node: aNode(),
        tool: aTool(() => {
          hasStarted = true
        })
      }
    ])

    expect(end.error).toBe(record)
    expect(end.records).toMatchObject([{ node: 0, status: "Failed", error: record }])
    expect(hasStarted).toBe(false)
  })

  test("what still runs is recorded as Canceled, and its late answer is dropped", async () => {
    const slow = Promise.withResolvers<string>()
    const end = await walk([
      { node: aNode(), tool: aTool(() => slow.promise) },
      {
        node: aNode(),
        tool: aTool(async () => {
          throw new ToolFailure(anError("second"))
        })
      },
      { node: aNode({ inputs: { x: nodeRef(0) } }), tool: aTool(() => "never") }
    ])

    slow.resolve("too late")
    await slow.promise

    expect(statusesOf(end)).toEqual(["0 Canceled", "1 Failed"])
    expect(end.error?.message).toBe("second")
  })

  test("any thrown thing becomes promptflow's ToolExecutionError, an absent reason too", async () => {
    const failing = (reason: unknown) => walk([{ node: aNode(), tool: aTool(() => Promise.reject(reason)) }])

    expect((await failing(new TypeError("bad"))).error).toMatchObject({
      message: "Execution failure in 'node0': (TypeError) bad",
      code: "UserError",
      innerError: { code: "ToolExecutionError" }
    })
    expect((await failing(undefined)).error?.message).toContain("rejected without a reason")
  })

  test("a property that is not there fails the line without running the node", () => {
    const end = walkNow([
      constant({ a: 1 }),
      { node: aNode({ inputs: { x: nodeRef(0, "b") } }), tool: aTool(() => "never") }
    ])

    expect(end.error).toMatchObject({
      code: "UserError",
      innerError: { code: "NodeReferenceError", innerError: { code: "InvalidReferenceProperty" } }
    })
    expect(statusesOf(end)).toEqual(["0 Completed"])
    expect(end.values[1]).toBeUndefined()
  })

  test("so does one in a condition", () => {
    const activate = { when: nodeRef(0, "b"), is: true }

    const end = walkNow([constant({ a: 1 }), { node: aNode({ activate }), tool: aTool(() => "never") }])

    expect(end.error?.message).toContain('Invalid property "b"')
    expect(statusesOf(end)).toEqual(["0 Completed"])
  })
})

describe("activate and bypass", () => {
  const runs = (steps: readonly Step[]): string | undefined => walkNow(steps).records.at(-1)?.status
  const last = (about: Parameters<typeof aNode>[0]): Step => ({ node: aNode(about), tool: aTool(() => "ran") })

  test.each([
    [
      "a `when` on a bypassed node bypasses, even when it is to be null",
      { activate: { when: nodeRef(0), is: null } },
      "Bypassed"
    ],
    ["a condition that does not hold bypasses", { activate: { when: nodeRef(1), is: "no" } }, "Bypassed"],
    ["a condition that holds runs", { activate: { when: nodeRef(1), is: "yes" } }, "Completed"],
    [
      "a condition that holds runs, even if every input is bypassed",
      { activate: { when: nodeRef(1), is: "yes" }, inputs: { x: nodeRef(0) } },
      "Completed"
    ],
    [
      "without activate, all referenced nodes bypassed bypasses",
      { inputs: { x: nodeRef(0), y: nodeRef(0, "z") } },
      "Bypassed"
    ],
    [
      "without activate, some referenced nodes bypassed runs",
      { inputs: { x: nodeRef(0), y: nodeRef(1) } },
      "Completed"
    ],
    ["without node references it runs", { inputs: { x: literal(1), y: inputRef("q") } }, "Completed"],
    ["null and null are equal", { activate: { when: literal(null), is: null } }, "Completed"]
  ] as const)("%s", (_, about, status) => {
    expect(runs([bypassed, constant("yes"), last(about)])).toBe(status)
  })

  test("a bypassed node has a record with output null and no duration", () => {
    const { records } = walkNow([bypassed])

    expect(records).toEqual([{ node: 0, status: "Bypassed", startMs: 0, endMs: 0, value: null }])
  })

  test("a bypassed input is left out where the tool has a default, else it is null, properties too", () => {
    const seen: unknown[] = []
    const parameters = [
      { name: "x", hasDefault: true },
      { name: "y", hasDefault: false },
      { name: "z", hasDefault: false }
    ]
    const inputs = { x: nodeRef(0), y: nodeRef(0), z: nodeRef(0, "deep", 0), w: nodeRef(1) }

    walkNow([
      bypassed,
      constant(1),
      { node: aNode({ inputs }), tool: aTool((given) => seen.push(given), { parameters }) }
    ])

    expect(seen).toEqual([{ y: null, z: null, w: 1 }])
  })

  test("bypass goes down a chain, and a line with nothing else is complete", () => {
    const chain = walkNow([bypassed, last({ inputs: { x: nodeRef(0) } }), last({ inputs: { x: nodeRef(1) } })])

    expect(statusesOf(chain)).toEqual(["0 Bypassed", "1 Bypassed", "2 Bypassed"])
    expect(chain.error).toBeUndefined()
  })

  test("a condition compares what a foreign value means", () => {
    const activate = { when: nodeRef(0, "ok"), is: 1 }

    expect(runs([constant(new ForeignValue('{"ok": true}')), last({ activate })])).toBe("Completed")
  })
})

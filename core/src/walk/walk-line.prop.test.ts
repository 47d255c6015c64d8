// W1 and W3 over random flows: acyclic graphs of tools that answer at once, later or never well, in any order.

import fc from "fast-check"
import { expect, test } from "vitest"
import { aNode, aTool, nodeRef } from "../testing/line-builders.ts"
import { compileWalk, type WalkEnd, type WalkStep } from "./walk-line.ts"
import { WalkedLine } from "./walked-line.ts"

type Behaviour = "sync" | "async" | "fails at once" | "fails later"

interface Sketch {
  readonly behaviour: Behaviour
  /** Nodes before this one that it takes as inputs. */
  readonly inputs: readonly number[]
  /** The node its condition looks at; it holds for even values. */
  readonly condition: number | undefined
}

const sketches = (failures: boolean) =>
  fc.integer({ min: 1, max: 9 }).chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, index) => {
        const before = fc.nat({ max: Math.max(0, index - 1) })
        return fc.record<Sketch>({
          behaviour: fc.constantFrom<Behaviour>("sync", "async", ...(failures ? FAILURES : [])),
          inputs: index === 0 ? fc.constant([]) : fc.uniqueArray(before, { maxLength: 3 }),
          condition: index === 0 ? fc.constant(undefined) : fc.option(before, { nil: undefined, freq: 4 })
        })
      })
    )
  )
const FAILURES = ["fails at once", "fails later"] as const

interface Observed {
  readonly end: WalkEnd
  readonly starts: readonly number[]
  /** What had not ended when a node that needs it started. */
  readonly early: readonly string[]
}

/** Walks the flow; `pick` says which of the open calls is answered next. */
async function observe(flow: readonly Sketch[], pick: (open: number) => number): Promise<Observed> {
  const starts: number[] = []
  const early: string[] = []
  const open: Array<() => void> = []
  const ended = new Set<number>()
  const steps = flow.map((sketch, index): WalkStep => {
    const { behaviour, inputs, condition } = sketch
    const node = aNode({
      inputs: Object.fromEntries(inputs.map((input) => [`in${input}`, nodeRef(input)])),
      ...(condition === undefined ? {} : { activate: { when: nodeRef(condition, "isEven"), is: true } })
    })
    const value = { isEven: index % 2 === 0, sum: index }
    const tool = aTool((given) => {
      starts.push(index)
      for (const input of inputs) {
        // A node that was bypassed never ran; its input is null.
        if (!ended.has(input) && given[`in${input}`] !== null) early.push(`${index} before ${input}`)
      }
      const answer = () => {
        ended.add(index)
        if (behaviour.startsWith("fails")) throw new Error(`node ${index}`)
        return value
      }
      if (behaviour === "sync" || behaviour === "fails at once") return answer()
      return new Promise((resolve) => open.push(() => resolve(undefined))).then(answer)
    })
    return { node: { ...node, name: `n${index}` }, index, tool }
  })

  const walking = compileWalk(steps, flow.length, () => 0)({}, new WalkedLine(0, 0), 0)
  let end: WalkEnd | undefined = walking instanceof Promise ? undefined : walking
  if (walking instanceof Promise) void walking.then((result) => (end = result))
  while (end === undefined || open.length > 0) {
    const [answer] = open.splice(pick(open.length), 1)
    answer?.()
    for (let turn = 0; turn < 6; turn++) await Promise.resolve()
  }
  return { end, starts, early }
}

const first = () => 0
const last = (open: number) => Math.max(0, open - 1)

test("a node never starts before what it depends on, and at most once (W1)", () =>
  fc.assert(
    fc.asyncProperty(sketches(true), fc.infiniteStream(fc.nat()), async (flow, picks) => {
      const { starts, early } = await observe(flow, (open) => picks.next().value % Math.max(1, open))

      expect(early).toEqual([])
      expect(new Set(starts).size).toBe(starts.length)
    })
  ))

test("the records do not depend on the order in which calls are answered", () =>
  fc.assert(
    fc.asyncProperty(sketches(false), fc.infiniteStream(fc.nat()), async (flow, picks) => {
      const one = await observe(flow, first)
      const other = await observe(flow, (open) => picks.next().value % Math.max(1, open))

      expect(other.end.error).toBeUndefined()
      expect(other.end.records).toEqual(one.end.records)
      expect(other.end.values).toEqual(one.end.values)
      expect(other.end.records).toHaveLength(flow.length)
    })
  ))

test("nothing starts after the first failure, and what ran then is Canceled (W3, W4)", () =>
  fc.assert(
    fc.asyncProperty(sketches(true), async (flow) => {
      const { end, starts } = await observe(flow, last)

      const recorded = end.records.map(({ node }) => node)
      expect(recorded).toEqual([...new Set(recorded)].sort((a, b) => a - b))
      expect(end.records.filter(({ status }) => status === "Failed")).toHaveLength(end.error === undefined ? 0 : 1)
      for (const started of starts) expect(recorded).toContain(started)
      if (end.error === undefined) expect(end.records.every(({ status }) => status !== "Canceled")).toBe(true)
    })
  ))

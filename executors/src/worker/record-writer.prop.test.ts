import type { LineRecord } from "@throughline/core/contracts"
import fc from "fast-check"
import { Packr } from "msgpackr"
import { expect, test } from "vitest"
import { RecordWriter } from "./record-writer.ts"

/** As the store reads. */
const reader = new Packr({ useRecords: false, useBigIntExtension: true })
const decode = (bytes: Uint8Array) => reader.unpack(bytes) as LineRecord[]

const aRecord = (position: number, values: readonly unknown[], error?: LineRecord["error"]): LineRecord => ({
  position,
  lineNumber: position,
  status: error === undefined ? "Completed" : "Failed",
  startMs: position + 0.5,
  endMs: position + 0.75,
  threadId: 1,
  attempt: 1,
  nodes: values.map((value, node) => ({ node, status: "Completed", startMs: 1.25, endMs: 2, value })),
  ...(error === undefined ? {} : { error })
})

test("what is decoded is what was added, in order, part after part (Q1)", () => {
  const writer = new RecordWriter()
  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.dictionary(fc.string(), fc.anything({ withDate: true, maxDepth: 2 }))
  )
  // msgpackr writes -0 as 0; we keep it.
  const value = anyValue.filter((made) => !hasNegativeZero(made))
  const line = fc.record({ values: fc.array(value, { maxLength: 20 }), isFailed: fc.boolean() })
  const error = { message: "broken", code: "UserError", many: 100 } as unknown as NonNullable<LineRecord["error"]>
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const records = lines.map(({ values, isFailed }, i) => aRecord(i, values, isFailed ? error : undefined))
      const expected = decode(new Packr({ useRecords: true }).pack(records))
      for (const record of records) writer.add(record)

      expect(decode(writer.take())).toEqual(expected)
    })
  )
})

const hasNegativeZero = (value: unknown): boolean =>
  Object.is(value, -0) || (typeof value === "object" && value !== null && Object.values(value).some(hasNegativeZero))

test("a value that cannot be stored becomes its text; those beside it and after it stay (Q2, Q3)", () => {
  const writer = new RecordWriter()
  const circular: Record<string, unknown> = {}
  circular.self = circular
  for (let i = 0; i < 3; i++) writer.add(aRecord(i, [{ a: i }, circular, 2n ** 70n, "b"]))

  const records = decode(writer.take())

  expect(records.map(({ nodes }) => nodes.map(({ value }) => value))).toEqual(
    [0, 1, 2].map((i) => [{ a: i }, "[object Object]", String(2n ** 70n), "b"])
  )
})

test("an object that is no plain data is stored as JSON has it, whatever is in it (Q2)", () => {
  const writer = new RecordWriter()
  class Film {
    readonly title = "Ran"
    readonly cast = new Map<unknown, unknown>([[{ of: "key" }, 1]])
  }
  const values = [
    new Map([[{}, 1]]),
    new Set([1]),
    new Film(),
    new URL("http://a.b/"),
    Object.assign(new Map(), { a: 1 })
  ]
  writer.add(aRecord(0, values))
  writer.add({ ...aRecord(1, values), error: { message: "no" } as NonNullable<LineRecord["error"]> })
  writer.add(aRecord(2, ["after"]))

  const [first, second, third] = decode(writer.take()).map(({ nodes }) => nodes.map(({ value }) => value))

  expect(first).toEqual(JSON.parse(JSON.stringify(values)))
  expect(second).toEqual(first)
  expect(third).toEqual(["after"])
})

test("nodes with logs, tokens, errors and values of other languages keep them", () => {
  const writer = new RecordWriter()
  const times = { startMs: 1, endMs: 2 }
  const record: LineRecord = {
    ...aRecord(70, []),
    nodes: [
      { node: 0, status: "Completed", ...times, json: '{"a": 1.0}' },
      { node: 1, status: "Completed", ...times, value: 1, logs: { stdout: "a", stderr: "" } },
      { node: 100, status: "Completed", ...times, value: null, tokens: { prompt: 64, completion: 127, total: 191 } },
      { node: 101, status: "Canceled", ...times }
    ]
  }
  writer.add(record)
  writer.add(record)

  expect(decode(writer.take())).toEqual([record, record])
})

import { Packr } from "msgpackr"
import { expect, test } from "vitest"
import { msgpackNow } from "./msgpack.ts"

const RECORDS = [
  { position: 0, nodes: [{ node: 0, value: 1.5 }] },
  {
    position: 1,
    nodes: [{ node: 0, value: null }],
    error: { message: "no", innerError: { code: "A", innerError: null } }
  }
]

test("reads records that another thread's packer wrote, each buffer alone", () => {
  const lane = new Packr({ useRecords: true })
  lane.pack([{ position: 9, nodes: [{ node: 0, value: "first of its shape" }] }])
  const bytes = Uint8Array.from(lane.pack(RECORDS))

  expect(msgpackNow().unpack(bytes)).toEqual(RECORDS)
})

test("reads back what it wrote, large whole numbers too", () => {
  const { pack, packRecords, unpack } = msgpackNow()
  const value = { big: 2n ** 80n, small: -5, none: null, missing: undefined, text: "日本語", list: [1, [2]] }

  expect(unpack(pack(value))).toEqual(value)
  expect(unpack(packRecords([value, value]))).toEqual([value, value])
})

test("a key __proto__ is read back as what it was, wherever it stands and whoever wrote it (G1)", () => {
  const { pack, packRecords, unpack } = msgpackNow()
  const value = JSON.parse('[{"__proto__": {"a": [{"__proto__": null}]}, "__proto_": 1, "b": "__proto__"}, {"b": 2}]')

  const read = [pack(value), packRecords(value), new Packr({ useRecords: false }).pack(value)].map(unpack)

  expect(read.map((each) => JSON.stringify(each))).toEqual(Array(3).fill(JSON.stringify(value)))
})

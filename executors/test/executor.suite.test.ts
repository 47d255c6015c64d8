import { defineExecutor, errorRecord, type LineProxy } from "@throughline/core/contracts"
import { executorSuite } from "@throughline/core/testing"
import { Unpackr } from "msgpackr"
import { javascript } from "../src/javascript/index.ts"
import { python } from "../src/python/index.ts"

const unpackr = new Unpackr({ useRecords: true })
const decodeRecords = (records: Uint8Array) => unpackr.unpack(records)

executorSuite("javascript()", () => ({
  definition: javascript(),
  nodes: {
    type: "javascript",
    decodeRecords,
    double: {
      path: "double.ts",
      text: `export default function double(n: number): number | Promise<number> {
  if (n === -1) throw new RangeError("minus one")
  return n === -2 ? new Promise(() => {}) : 2 * n
}`
    },
    sum: { path: "sum.mjs", text: "export const sum = (values) => values.reduce((a, b) => a + b, 0)" },
    broken: { path: "broken.mjs", text: "export default function {" }
  }
}))

executorSuite("python()", () => ({
  definition: python(),
  nodes: {
    type: "python",
    decodeRecords,
    double: {
      path: "double.py",
      text: `import asyncio
from promptflow.core import tool
@tool
async def double(n: int):
    if n == -1:
        raise ValueError("minus one")
    if n == -2:
        await asyncio.sleep(3600)
    return 2 * n
`
    },
    sum: {
      path: "sum.py",
      text: "from promptflow.core import tool\n@tool\ndef add(values):\n    return sum(values)\n"
    },
    broken: { path: "broken.py", text: "def broken(:\n" }
  }
}))

/** An executor as its author writes it: one object with `runLine`, no threads, no engine of ours. */
const inProcess = defineExecutor({
  language: "inprocess",
  open: async (): Promise<LineProxy> => ({
    runLine: async ({ inputs }, signal) => {
      const n = Number(inputs.n)
      if (n === -1) {
        const error = errorRecord({ message: "minus one", codes: ["UserError", "ToolExecutionError"] })
        return { status: "Failed", output: {}, error }
      }
      if (n === -2) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve))
        return { status: "Canceled", output: {} }
      }
      return { status: "Completed", output: { out: 2 * n }, aggregationInputs: { "${node0.output}": 2 * n } }
    },
    runAggregation: async ({ lists }) => {
      const values = JSON.parse(lists["${node0.output}"] ?? "[]") as number[]
      const output = values.reduce((a, b) => a + b, 0)
      return { metrics: {}, nodes: [{ node: "sum", status: "Completed", startMs: 0, endMs: 0, output }] }
    },
    close: async () => {}
  })
})

executorSuite("an executor of whole lines", () => ({ definition: inProcess }))

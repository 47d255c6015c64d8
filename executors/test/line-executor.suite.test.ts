import { defineExecutor, errorRecord, type LineProxy } from "@throughline/core/contracts"
import { executorSuite } from "@throughline/core/testing"

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

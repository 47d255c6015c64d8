import { executorSuite } from "@throughline/core/testing"
import { javascript } from "../src/javascript/index.ts"
import { decodeRecords } from "./decode-records.ts"

for (const isolation of ["thread", "process"] as const) {
  executorSuite(`javascript({ isolation: "${isolation}" })`, () => ({
    definition: javascript({ isolation }),
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
}

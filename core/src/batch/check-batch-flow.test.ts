import { expect, test } from "vitest"
import { InvalidFlow } from "../contracts/errors.ts"
import { aPlan } from "../testing/builders.ts"
import { checkBatchFlow } from "./check-batch-flow.ts"

test("a flow without inputs is refused by name of its file", () => {
  const plan = aPlan({ inputs: [] })

  expect(() => checkBatchFlow(plan)).toThrow(InvalidFlow)
  expect(() => checkBatchFlow(plan)).toThrow(/^flow\.dag\.yaml: a batch needs a flow with inputs/)
})

test("a flow with inputs passes as it is", () => {
  const place = { file: "flow.dag.yaml", line: 2, column: 3 }
  const input = { name: "x", type: "int", hasDefault: false, default: undefined, description: "", place } as const
  const plan = aPlan({ inputs: [{ ...input, isChatInput: false, isChatHistory: undefined }] })

  expect(checkBatchFlow(plan)).toBe(plan)
})

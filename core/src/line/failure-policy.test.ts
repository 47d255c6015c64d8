import { describe, expect, test } from "vitest"
import { errorRecord } from "../contracts/index.ts"
import { anError, aPart, jsonRecords } from "../testing/line-builders.ts"
import { FailedAttempts } from "./failed-attempts.ts"
import { FailurePolicy } from "./failure-policy.ts"

const limited = errorRecord({
  message: "Execution failure in 'a': (RateLimitError) slow down",
  messageParameters: { error_type_and_message: "(RateLimitError) slow down" },
  codes: ["UserError", "ToolExecutionError"]
})

describe("the failure policy", () => {
  test("the first rule that fits any class of the error decides; without one the line stays failed (F1)", () => {
    const policy = new FailurePolicy([
      { on: "RateLimitError", action: "retry", times: 1, waitMs: 5 },
      { on: ["ToolExecutionError", "Other"], action: "skip" },
      { on: "SystemError", action: "fail" }
    ])
    const of = (...codes: string[]) => policy.decide(errorRecord({ message: "no", codes }), 1)

    expect(policy.decide(limited, 1)).toEqual({ type: "retry", waitMs: 5 })
    expect(of("UserError", "ToolExecutionError")).toEqual({ type: "keep", isCounted: false })
    expect(of("SystemError", "X")).toEqual({ type: "fail" })
    expect(of("UserError")).toEqual({ type: "keep", isCounted: true })
    expect(new FailurePolicy([{ on: "*", action: "skip" }]).decide(anError(), 1)).toEqual({
      type: "keep",
      isCounted: false
    })
  })

  test("neither a line nor the run is retried beyond its budget (F2)", () => {
    const policy = new FailurePolicy([{ on: "*", action: "retry" }], 3)
    const verdicts = [1, 2, 3, 1, 1].map((attempt) => policy.decide(limited, attempt).type)

    expect(verdicts).toEqual(["retry", "retry", "keep", "retry", "keep"])
  })
})

describe("failed attempts", () => {
  test("leave the part that brought them home, and come back with the record that is kept", () => {
    const attempts = new FailedAttempts(jsonRecords, ["a"])
    const first = aPart([
      { position: 4, output: "four" },
      { position: 5, error: limited },
      { position: 6, output: "six" }
    ])

    const without = attempts.takeOut(first, new Set([5]))
    const last = attempts.putIn(aPart([{ position: 5, output: "five" }]))
    const other = attempts.putIn(aPart([{ position: 9, output: "nine" }]))

    expect([...without.positions]).toEqual([4, 6])
    expect(new TextDecoder().decode(without.outputs)).toBe("four\nsix\n")
    expect([...without.outputEnds]).toEqual([5, 9])
    expect(without.failures).toEqual([])
    expect(jsonRecords.decodeRecords(without.records).map(({ position }) => position)).toEqual([4, 6])
    expect(jsonRecords.decodeRecords(last.records)[0]?.earlier).toMatchObject([{ attempt: 1, error: limited }])
    expect(jsonRecords.decodeRecords(other.records)[0]?.earlier).toBeUndefined()
  })
})

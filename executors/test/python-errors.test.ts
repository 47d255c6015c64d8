import { type ErrorRecord, ToolFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { openFlow, script, TOOL } from "./python-builders.ts"

/** The record of a tool's failure, and whether the process lived on. */
async function failureOf(code: string): Promise<{ record: ErrorRecord; codes: string[]; livesOn: boolean }> {
  const flow = await openFlow({ nodes: { a: { code }, b: { code: script("", "return 1") } } })
  const { pid } = flow.host.stats
  const failure = await flow.call("a").then(
    () => undefined,
    (error: unknown) => error
  )
  if (!(failure instanceof ToolFailure)) throw new Error(`not a ToolFailure: ${failure}`)
  const codes = [failure.record.code]
  for (let inner = failure.record.innerError; inner !== null; inner = inner.innerError) codes.push(inner.code)
  const after = await flow.call("b")
  return { record: failure.record, codes, livesOn: after.text === "1" && flow.host.stats.pid === pid }
}

describe("an exception in a tool", () => {
  test("of a module that is missing says what to install", async () => {
    const { record } = await failureOf(script("", "import absent_module.part"))

    expect(record.hint).toContain("node 'a' needs the module 'absent_module' (a.py:4)")
    expect(record.hint).toContain("pip install absent-module")
  })

  test("becomes promptflow's ToolExecutionError, with details, cause chain and place", async () => {
    const code = `${TOOL}def inner():\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n        raise ValueError("bad") from error\n@tool\ndef run():\n    inner()\n`

    const { record, codes, livesOn } = await failureOf(code)

    expect(codes).toEqual(["UserError", "ToolExecutionError"])
    expect(record).toMatchObject({
      message: "Execution failure in 'a': (ValueError) bad",
      messageParameters: { node_name: "a" },
      referenceCode: "Tool/__pf_main__",
      place: "a.py:6",
      additionalInfo: [
        {
          type: "ToolExecutionErrorDetails",
          info: {
            type: "ValueError",
            message: "bad",
            lineno: 6,
            name: "inner",
            filename: expect.stringMatching(/a\.py$/)
          }
        }
      ],
      debugInfo: {
        type: "ToolExecutionError",
        innerException: { type: "ValueError", innerException: { type: "ZeroDivisionError", innerException: null } }
      }
    })
    const { traceback } = record.additionalInfo![0]!.info as { traceback: string }
    expect(traceback).toContain("ZeroDivisionError: division by zero")
    expect(traceback).not.toContain("throughline_host")
    expect(livesOn).toBe(true)
  })

  test.each([
    ["import sys; sys.exit(3)", "(SystemExit) 3"],
    ["raise KeyboardInterrupt()", "(KeyboardInterrupt) "],
    ["raise KeyError('k')", "(KeyError) 'k'"],
    ["def f(): f()\n    f()", "(RecursionError) maximum recursion depth exceeded"],
    ["raise ValueError('half \\ud800')", "(ValueError) half \ud800"]
  ])("%s fails this call only", async (statement, message) => {
    const { record, livesOn } = await failureOf(`${TOOL}@tool\ndef run():\n    ${statement}\n`)

    expect(record.message).toContain(`Execution failure in 'a': ${message}`)
    expect(livesOn).toBe(true)
  })

  test("an exception whose own text raises is still a failure of this call", async () => {
    const code = `${TOOL}class Bad(Exception):\n    def __str__(self):\n        raise RuntimeError()\n@tool\ndef run():\n    raise Bad()\n`

    const { record, livesOn } = await failureOf(code)

    expect(record.message).toContain("(Bad)")
    expect(livesOn).toBe(true)
  })

  test("a missing argument names the function's own place", async () => {
    const { record } = await failureOf(`${TOOL}@tool\ndef run(x):\n    return x\n`)

    expect(record.message).toBe(
      "Execution failure in 'a': (TypeError) run() missing 1 required positional argument: 'x'"
    )
    expect(record.additionalInfo![0]!.info).toMatchObject({ name: "run", lineno: 2 })
  })

  test.each([
    ["UserErrorException('mine')", "mine", ["UserError"], "Unknown/__pf_main__"],
    ["SystemErrorException('mine')", "mine", ["SystemError"], "Unknown/__pf_main__"],
    [
      "ValidationException(message_format='a {b}', b=1)",
      "a 1",
      ["UserError", "ValidationError"],
      "Unknown/__pf_main__"
    ],
    ["Mine('x', target=ErrorTarget.TOOL)", "x", ["UserError", "Mine"], "Tool/__pf_main__"]
  ])("promptflow's own exception %s passes with its codes", async (raised, message, expected, referenceCode) => {
    const code = `${TOOL}from promptflow.exceptions import *\nfrom promptflow.exceptions import ErrorTarget\nclass Mine(UserErrorException):\n    pass\n@tool\ndef run():\n    raise ${raised}\n`

    const { record, codes } = await failureOf(code)

    expect(record).toMatchObject({ message, referenceCode })
    expect(codes).toEqual(expected)
  })
})

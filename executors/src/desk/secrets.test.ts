import { errorRecord, type NodeCall, type PreparedTool, ToolFailure } from "@throughline/core/contracts"
import { describe, expect, test } from "vitest"
import { Secrets } from "./secrets.ts"

const aCall = (): NodeCall => ({
  position: 0,
  lineNumber: 0,
  node: 0,
  signal: new AbortController().signal,
  logMetric: () => {},
  logs: { stdout: "it is hunter2", stderr: 'and "hunter2"' },
  tokens: undefined
})

function aTool(call: PreparedTool["call"]) {
  const secrets = new Secrets()
  secrets.add({ password: "hunter2", short: "ab" })
  let mayWait = false
  const tool = secrets.keepFrom({
    parameters: [{ name: "x", hasDefault: false }],
    takesForeign: true,
    get mayWait() {
      return mayWait
    },
    call
  })
  return { tool, wait: () => (mayWait = true) }
}

describe("a tool that secrets are kept from", () => {
  test("is the same otherwise, also in what it finds out later", () => {
    const { tool, wait } = aTool(() => "hunter2")

    expect([tool.parameters, tool.takesForeign, tool.mayWait]).toEqual([
      [{ name: "x", hasDefault: false }],
      true,
      false
    ])
    wait()
    expect(tool.mayWait).toBe(true)
    expect(tool.call({}, aCall())).toBe("hunter2")
  })

  test.each([
    ["at once", () => 1],
    ["later", async () => 1],
    [
      "by a throw",
      () => {
        throw new TypeError("no hunter2, ab")
      }
    ],
    [
      "by a rejection",
      async () => {
        throw new TypeError("no hunter2, ab")
      }
    ]
  ])("shows none in its prints and its failure, whether it ends %s", async (_, run) => {
    const { tool } = aTool(run)
    const call = aCall()

    const message = await (async () => tool.call({}, call))().then(String, (error: Error) => error.message)

    expect(call.logs).toEqual({ stdout: "it is **data_scrubbed**", stderr: 'and "**data_scrubbed**"' })
    expect(["1", "no **data_scrubbed**, ab"]).toContain(message)
  })

  test("shows none deep in a record", async () => {
    const additionalInfo = [{ type: "Details", info: { traceback: ['x = "hunter2"'] } }]
    const { tool } = aTool(() => {
      throw new ToolFailure(errorRecord({ message: "hunter2", codes: ["UserError"], additionalInfo }))
    })

    const error = await (async () => tool.call({}, aCall()))().catch((failure: unknown) => failure)

    expect(error).toBeInstanceOf(ToolFailure)
    expect(JSON.stringify((error as ToolFailure).record)).not.toContain("hunter2")
  })
})

import { describe, expect, test } from "vitest"
import { aHome, isMissing, runExample } from "./run-example.ts"

describe.skipIf(isMissing("sh"))("examples/register-executor (needs sh)", () => {
  test("a flow in a registered language runs, and its failing line costs nobody else", async () => {
    const { code, stdout, stderr } = await runExample("register-executor/main.ts", { home: aHome() })

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "0 Completed HELLO, ADA! (3 letters)",
      "1 Completed HELLO, GRACE! (5 letters)",
      "2 Failed The script failed on line 2: there is nobody to greet",
      "3 Completed HELLO, LINUS! (5 letters)"
    ])
    expect(stdout).toContain("3 lines completed, 1 failed")
  })

  test("its nodes stand beside TypeScript nodes in one flow", async () => {
    const { code, stdout, stderr } = await runExample("register-executor/main-nodes.ts", { home: aHome() })

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout.trimEnd().split("\n")).toEqual([
      '0 Completed {"text":"123456789","crc":930766865,"bytes":9}',
      '1 Completed {"text":"","crc":4294967295,"bytes":0}',
      '2 Completed {"text":"naïve","crc":362848266,"bytes":6}'
    ])
  })
})

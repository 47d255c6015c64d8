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
})

import { describe, expect, test } from "vitest"
import { aHome, isMissing, runExample } from "./run-example.ts"

describe.skipIf(isMissing("python3"))("examples/mixed-languages (needs python3)", () => {
  test("TypeScript reads, Python prices, a template writes: one letter for each order", async () => {
    const { code, stdout, stderr } = await runExample("mixed-languages/main.ts", { home: aHome() })

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout.match(/^Dear /gm)).toHaveLength(20)
    expect(stdout).toContain("--- 20 of 20 letters written")
    expect(stdout).toContain(
      [
        "--- order 1",
        "Dear Esra Aydın,",
        "thank you for your order:",
        "  2 x waste basket       24.50",
        "  3 x wall clock         74.97",
        "  3 x desk lamp         119.70",
        "    total              219.17"
      ].join("\n")
    )
  })
})

import { describe, expect, test } from "vitest"
import { python } from "./index.ts"

describe("python()", () => {
  test("runs python, prompt and llm nodes and prompties, and hands its own options to the host", () => {
    const { language, hosts } = python({ python: "/my/python", env: { A: "1" }, workerMemoryMb: 100 })

    expect(language).toBe("python")
    expect(Object.keys(hosts)).toEqual(["python", "custom_llm", "prompt", "llm", "prompty"])
    expect(hosts.python?.options).toEqual({ python: "/my/python", env: { A: "1" } })
  })

  test("refuses options of another shape, naming them", () => {
    expect(() => python({ python: 3 as unknown as string })).toThrow(
      "the option `python` is the path of an interpreter, got 3"
    )
    expect(() => python({ env: { A: 1 as unknown as string } })).toThrow("the option `env` holds texts, got 1 for A")
  })
})

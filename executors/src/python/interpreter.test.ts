import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { chooseInterpreter } from "./interpreter.ts"

/** A folder with empty files of these names. */
function aFolder(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "interpreter-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), "")
  }
  return folder
}

describe("the interpreter of a flow", () => {
  test("is the option, before all others", () => {
    const folder = aFolder(".venv/bin/python")

    expect(chooseInterpreter(folder, "my-python", { VIRTUAL_ENV: folder }, "linux").command).toBe("my-python")
  })

  test("is that of VIRTUAL_ENV, then of a .venv beside the flow, then python3 on the path", () => {
    const flow = aFolder(".venv/bin/python")
    const active = aFolder("bin/python")
    const bare = aFolder()
    const path = aFolder("python3")

    expect(chooseInterpreter(flow, undefined, { VIRTUAL_ENV: active, PATH: path }, "linux")).toEqual({
      command: join(active, "bin/python"),
      reason: "VIRTUAL_ENV"
    })
    expect(chooseInterpreter(flow, undefined, { PATH: path }, "linux").command).toBe(join(flow, ".venv/bin/python"))
    expect(chooseInterpreter(bare, undefined, { PATH: path }, "linux").command).toBe(join(path, "python3"))
  })

  test("says where it was looked for in vain, and warns that it stands in for that", () => {
    const path = aFolder("python3")
    const beside = aFolder(".venv/bin/python")
    const broken = aFolder(".venv/pyvenv.cfg")
    const env = { VIRTUAL_ENV: "/gone", PATH: path }

    expect(chooseInterpreter(aFolder(), undefined, env, "linux")).toEqual({
      command: join(path, "python3"),
      reason: "python3 on PATH, as there is no /gone/bin/python",
      warning: `There is no /gone/bin/python: the flow runs on ${join(path, "python3")} instead.`
    })
    expect(chooseInterpreter(beside, undefined, env, "linux").warning).toBe(
      `There is no /gone/bin/python: the flow runs on ${join(beside, ".venv/bin/python")} instead.`
    )
    expect(chooseInterpreter(broken, undefined, { PATH: path }, "linux").warning).toContain(
      `There is no ${join(broken, ".venv/bin/python")}`
    )
  })

  test("is python.exe where Windows has no python3", () => {
    const path = aFolder("python.exe")

    expect(chooseInterpreter(aFolder(), undefined, { Path: path }, "win32").command).toBe(join(path, "python.exe"))
  })

  test("that is nowhere is a failure that lists what was tried and says what to do", () => {
    const choose = () => chooseInterpreter(aFolder(), undefined, { VIRTUAL_ENV: "/gone", PATH: "" }, "linux")

    expect(choose).toThrow("No Python was found. Tried: /gone/bin/python, python3 on PATH.")
    expect(choose).toThrow(
      expect.objectContaining({
        record: expect.objectContaining({ hint: expect.stringContaining("python({ python:") })
      })
    )
  })
})

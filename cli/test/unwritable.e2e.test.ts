// A home, a run's folder or a disk that takes nothing more: the error names the place, and what was kept before stays.

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { CREATE, ERROR, GIVE, giving, NUMBERS, outputOf, type RunObject, told } from "./one-node-flow.ts"
import { type CommandEnd, type CommandFolder, endOf } from "./run-command.ts"

const BIN = fileURLToPath(new URL("../bin/throughline.mjs", import.meta.url))

describe("what cannot be written", () => {
  test("a home that is a file is named, and stays as it is", async () => {
    const place = giving(NUMBERS)
    place.write({ home: "a file" })

    const end = await place.run(...CREATE)

    expect([end.exitCode, end.stdout]).toEqual([1, ""])
    expect(end.stderr).toMatch(new RegExp(`^${ERROR}cannot write ${place.home}/journal: ENOTDIR: [^\n]+\n$`))
    expect(readFileSync(place.home, "utf8")).toBe("a file")
  })

  test("an output file that cannot be made fails the run, which stays to tell why; the runs before it stay", async () => {
    const place = giving(NUMBERS)
    const before = await place.json<RunObject>(...CREATE.with(-1, "before"))
    place.write({ "home/.runs/r1/flow_outputs/output.jsonl/in-the-way": "" })

    const end = await place.run(...CREATE)

    expect(told(end)).toMatch(/^cannot write \S+\/home\/\.runs\/r1\/flow_outputs\/output\.jsonl: EISDIR: /)
    expect(end.exitCode).toBe(1)
    expect(await place.json("run", "show", "r1")).toMatchObject({ status: "Failed", lines: { total: 0 } })
    expect(await place.json("run", "show", "before")).toEqual(before)
  })

  const IN_THE_WAY = [
    ["the folder of runs", "home/.runs", "Failed"],
    ["the folder of outputs", "home/.runs/r1/flow_outputs", "Failed"],
    ["a folder of the run that is written after it", "home/.runs/r1/node_artifacts", "Completed"]
  ] as const

  test.each(IN_THE_WAY)(
    "a file in the place of %s: exit 1, its path is told, and the journal has the run",
    async (_, path, status) => {
      const place = giving(NUMBERS)
      place.write({ [path]: "in the way" })

      const end = await place.run(...CREATE)

      expect(end.exitCode).toBe(1)
      expect(told(end)).toContain(place.path(path))
      expect(end.stderr).not.toContain("This is a bug")
      expect(await place.json("run", "show", "r1")).toMatchObject({ status })
      expect(readFileSync(place.path(path), "utf8")).toBe("in the way")
    }
  )

  test.each(IN_THE_WAY)(
    "a file in the place of %s: the error says what could not be written, stdout has the run",
    async (_, path, status) => {
      const place = giving(NUMBERS)
      place.write({ [path]: "in the way" })

      const end = await place.run(...CREATE)

      expect(told(end)).toMatch(/^cannot write /)
      expect(JSON.parse(end.stdout)).toMatchObject({ name: "r1", status })
    }
  )
})

// A largest file size for the process is the nearest thing to a full disk that needs no disk of its own.
describe.skipIf(process.platform === "win32")("a disk that is full", () => {
  /** A flow whose node gives `width` characters, which are that many outputs of the flow. */
  const filling = ({ rows, width, outputs }: { rows: number; width: number; outputs: number }) => {
    const place = giving(Array.from({ length: rows }, (_, n) => ({ n })))
    const flow = readFileSync(place.path("flow/flow.dag.yaml"), "utf8")
    const output = (_: unknown, at: number) => `  out${at}: { type: string, reference: "\${a.output}" }\n`
    place.write({
      "flow/give.mjs": `export default (n) => "x".repeat(${width}) + n\n`,
      "flow/flow.dag.yaml": flow.replace(/ {2}out:.*\n/, () => Array.from({ length: outputs }, output).join(""))
    })
    return place
  }
  /** Fills the journal with 10 MB before the output has as much. */
  const fillingJournal = () => filling({ rows: 5_000, width: 2_000, outputs: 1 })
  /** Fills the output with 16 MB, of which the journal needs a tenth. */
  const fillingOutput = () => filling({ rows: 2_000, width: 500, outputs: 16 })

  /** The run, in a process that may write files of up to 4 MiB. */
  const runFull = (place: CommandFolder): Promise<CommandEnd> => {
    const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`
    const env = { ...process.env, THROUGHLINE_HOME: place.home, NODE_DISABLE_COMPILE_CACHE: "1" }
    const words = ["-c", limited, process.execPath, BIN, ...CREATE]
    return endOf(spawn("bash", words, { cwd: place.folder, env, stdio: ["ignore", "pipe", "pipe"] }))
  }

  /** What is kept is whole, the home opens, and another run finds its place. */
  async function expectWhole(place: CommandFolder): Promise<void> {
    const { status, lines } = await place.json<RunObject>("run", "show", "r1")
    expect(status).toBe("Failed")
    expect(lines.completed).toBeGreaterThan(0)
    expect(lines).toEqual({ total: lines.completed, completed: lines.completed, failed: 0 })
    const details = await place.json<readonly { readonly status: string; readonly outputs: Record<string, string> }[]>(
      ..."run show-details r1 -o json --all-results".split(" ")
    )
    expect(details.length).toBe(lines.completed)
    for (const { outputs } of details) expect(Object.values(outputs)[0]).toMatch(/^x+\d+$/)
    place.write({ "flow/give.mjs": GIVE, "data.jsonl": NUMBERS })
    expect(await place.json(...CREATE.with(-1, "next"))).toMatchObject({ status: "Completed", lines: { total: 3 } })
  }

  test("the journal has no room: the error names it, exit 1, and the lines that were kept are told", async () => {
    const place = fillingJournal()

    const end = await runFull(place)

    expect(told(end)).toMatch(new RegExp(`^cannot write ${place.home}/journal: [^\n]*free on its disk\\)\n$`))
    expect(end.exitCode).toBe(1)
    expect(JSON.parse(end.stdout)).toEqual(await place.json("run", "show", "r1"))
    await expectWhole(place)
  })

  test.each([
    ["the journal", fillingJournal, 5_000],
    ["the output", fillingOutput, 2_000]
  ])("%s had no room: once there is some, the run is taken up and has every line once", async (_, fill, lines) => {
    const place = fill()
    const full = await runFull(place)

    const resumed = await place.run("run", "resume", "r1")

    expect([full.exitCode, resumed.exitCode]).toEqual([1, 0])
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      status: "Completed",
      lines: { total: lines, completed: lines, failed: 0 }
    })
    const numbers = outputOf(place).map((line) => (line as { readonly line_number: number }).line_number)
    expect(numbers).toEqual(Array.from({ length: lines }, (_, n) => n))
  })

  test("the journal has no room: nothing but the error is told, no stack of a library", async () => {
    expect((await runFull(fillingJournal())).stderr).not.toMatch(/^\s+at /m)
  })

  test("the output has no room: exit 1, and the journal has the lines and the reason", async () => {
    const place = fillingOutput()

    const end = await runFull(place)

    expect(end.exitCode).toBe(1)
    expect(told(end)).toContain("EFBIG")
    const { error } = await place.json<RunObject>("run", "show", "r1")
    expect(error?.message).toContain(`cannot write ${place.home}/.runs/r1/flow_outputs/output.jsonl: EFBIG`)
    await expectWhole(place)
  })

  test("the output has no room: the error names the file, and stdout has the run", async () => {
    const place = fillingOutput()

    const end = await runFull(place)

    expect(told(end)).toMatch(new RegExp(`^cannot write ${place.home}/.runs/r1/flow_outputs/output.jsonl: EFBIG`))
    expect(JSON.parse(end.stdout)).toMatchObject({ name: "r1", status: "Failed" })
  })

  test("the output has no room: what is in it are whole lines", async () => {
    const place = fillingOutput()

    await runFull(place)

    expect(() => outputOf(place)).not.toThrow()
  })
})

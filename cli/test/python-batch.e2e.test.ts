// Python nodes in a batch: few processes, many calls, and tools that print, shout past `print`, or end their process.

import { chmodSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { openRuntime, type PythonOptions, type RunOptions, readLines, type StoredLine } from "../src/index.ts"
import { isMissing } from "./missing-tool.ts"
import { CommandFolder } from "./run-command.ts"

const LEAST_CALLS_PER_FRAME = 32

describe.skipIf(isMissing("python3"))("python nodes in a batch (needs python3)", () => {
  test("one resident process serves 10,000 calls of a run", async () => {
    const place = new CommandFolder()
    place.write(chain({ first: script("return os.getpid()"), second: script("return os.getpid()") }))

    const lines = await runFlow(place, { data: numbers(5_000), workers: 1 })

    expect(lines.length).toBe(5_000)
    expect(new Set(lines.flatMap(outputs)).size).toBe(1)
  })

  test.skipIf(process.platform === "win32")("calls of a quick tool travel in frames of 32 or more", async () => {
    const place = new CommandFolder()
    const quick = script("return n")
    place.write({
      ...chain({ first: quick, second: quick, third: quick }),
      "listening-python": '#!/bin/sh\ntee "$(dirname "$0")/frames.$$" | python3 "$@"\n'
    })
    chmodSync(place.path("listening-python"), 0o755)

    const lines = await runFlow(place, { data: numbers(8_000), workers: 1 }, { python: place.path("listening-python") })

    const files = readdirSync(place.folder).filter((name) => name.startsWith("frames."))
    const sizes = callsPerFrame(readFileSync(place.path(files[0]!)))
    const calls = sizes.reduce((sum, size) => sum + size, 0)
    expect([lines.length, files.length, calls]).toEqual([8_000, 1, 24_000])
    expect(calls / sizes.length).toBeGreaterThanOrEqual(LEAST_CALLS_PER_FRAME)
  })

  test("four workers are four threads with a process each, and every line tells its thread", async () => {
    const place = new CommandFolder()
    place.write(chain({ node: script("return os.getpid()") }))

    const lines = await runFlow(place, { data: numbers(400), workers: 4 })

    const threadOfProcess = new Map(lines.map((line) => [outputs(line)[0], line.record.threadId]))
    expect(lines.length).toBe(400)
    expect(new Set(lines.map(({ record }) => record.threadId)).size).toBe(4)
    expect(threadOfProcess.size).toBe(4)
    expect(new Set(threadOfProcess.values()).size).toBe(4)
    for (const line of lines) expect(threadOfProcess.get(outputs(line)[0])).toBe(line.record.threadId)
  })

  test("prints are kept with their node and line; what a tool writes past them breaks nothing", async () => {
    const place = new CommandFolder()
    const noisy = script(
      "print(f'printed {n}')",
      "print(f'complained {n}', file=sys.stderr)",
      "sys.stdout.buffer.write(b'bytes of %d\\n' % n)",
      "os.write(1, b'\\xff\\x00\\x10raw bytes')",
      "subprocess.run([sys.executable, '-c', 'print(\"of a child\")'], check=True)",
      "return n"
    )
    place.write({ ...chain({ noisy }), "data.jsonl": numbers(20) })

    const { exitCode, stdout } = await place.run(
      ..."run create --flow flow --data data.jsonl -n r1 --workers 2".split(" ")
    )

    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: "Completed", lines: { total: 20, completed: 20, failed: 0 } })
    for (const { n } of numbers(20)) {
      const { run_info } = JSON.parse(
        readFileSync(join(place.home, ".runs/r1/node_artifacts/noisy", `${String(n).padStart(9, "0")}.jsonl`), "utf8")
      ) as { readonly run_info: { readonly output: number; readonly logs: Record<"stdout" | "stderr", string> } }
      expect(run_info.output).toBe(n)
      expect(withoutStamps(run_info.logs.stdout)).toBe(`printed ${n}\nbytes of ${n}\n`)
      expect(withoutStamps(run_info.logs.stderr)).toBe(`complained ${n}\n`)
    }
  })

  test.each([
    ["is killed", "os.kill(os.getpid(), signal.SIGKILL)", /^Process crashed while executing line (7|30), twice/],
    ["exits past every handler", "os._exit(3)", /^Process crashed while executing line (7|30), twice/],
    ["exits", "sys.exit(3)", /^Execution failure in 'node': \(SystemExit\) 3$/]
  ])("a tool whose process %s costs its own line and no other", async (_, end, message) => {
    const place = new CommandFolder()
    place.write(chain({ before: script("return n"), node: script(`if n in (7, 30): ${end}`, "return n") }))

    const lines = await runFlow(place, { data: numbers(60), workers: 2 })

    const failed = lines.filter(({ record }) => record.status === "Failed")
    expect(lines.map(({ record }) => record.lineNumber)).toEqual(numbers(60).map(({ n }) => n))
    expect(failed.map(({ record }) => record.lineNumber)).toEqual([7, 30])
    for (const { record } of failed) expect(record.error?.message).toMatch(message)
    for (const line of lines) if (line.record.status === "Completed") expect(outputs(line)[1]).toBe(line.inputs?.n)
  })
})

/** A script whose tool is `run`, with one parameter `n`. */
const script = (...lines: readonly string[]): string =>
  "import os, signal, subprocess, sys\nfrom promptflow.core import tool\n\n\n@tool\ndef run(n):\n" +
  lines.map((line) => `    ${line}\n`).join("")

/** A flow of these nodes one after the other: the first takes the row's `n`, each other what came out before it. */
function chain(scripts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(scripts)
  const given = names.map((_, at) => (at === 0 ? "inputs.n" : `${names[at - 1]}.output`))
  const nodes = names.map(
    (name, at) =>
      `- { name: ${name}, type: python, source: { type: code, path: ${name}.py }, inputs: { n: "\${${given[at]}}" } }\n`
  )
  const outputs = names.map((name) => `  ${name}: { type: object, reference: "\${${name}.output}" }\n`)
  return {
    "flow/flow.dag.yaml": `inputs:\n  n: { type: int }\noutputs:\n${outputs.join("")}nodes:\n${nodes.join("")}`,
    ...Object.fromEntries(names.map((name) => [`flow/${name}.py`, scripts[name]!]))
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

/** Runs the folder's flow to its end, and reads its lines back from the journal. */
async function runFlow(
  place: CommandFolder,
  options: Pick<RunOptions, "data" | "workers">,
  python: PythonOptions = {}
): Promise<readonly StoredLine[]> {
  await using runtime = await openRuntime({ home: place.home, python })
  await runtime.run({ flow: place.path("flow"), name: "r1", ...options }).result()
  return await Array.fromAsync(readLines(runtime.store, "r1"))
}

/** What the line's nodes gave, in their order. */
const outputs = ({ record }: StoredLine): readonly unknown[] =>
  record.nodes.map(({ json }) => (json === undefined ? undefined : JSON.parse(json)))

/** What went to a Python process: frames with their length before them; those with calls say how many. */
function callsPerFrame(sent: Buffer): readonly number[] {
  const sizes: number[] = []
  for (let at = 0; at < sent.length; at += 4 + sent.readUInt32LE(at)) {
    const calls = /^s(\d+)\n/.exec(sent.toString("latin1", at + 4, at + 16))?.[1]
    if (calls !== undefined) sizes.push(Number(calls))
  }
  return sizes
}

/** Each print begins with the time of its writing. */
const withoutStamps = (text: string): string => text.replace(/^\[.*?\] /gm, "")

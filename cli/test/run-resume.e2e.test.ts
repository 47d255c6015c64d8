// `run resume`, as another process meets a run whose own was killed.

import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { lmdb } from "@throughline/storage"
import { expect, test, vi } from "vitest"
import { CommandFolder, said } from "./run-command.ts"

/** `note` notes its calls and gives what it got; `wait` waits until there is a file `go`. Five rows. */
function aSlowPythonFlow(): CommandFolder {
  const folder = new CommandFolder()
  folder.write({
    "flow/flow.dag.yaml": `
inputs:
  n: { type: int }
outputs:
  n: { type: int, reference: "\${wait.output}" }
nodes:
- name: note
  type: python
  source: { type: code, path: note.py }
  inputs: { n: "\${inputs.n}" }
- name: wait
  type: python
  source: { type: code, path: wait.py }
  inputs: { n: "\${note.output}" }
`,
    "flow/note.py": `import pathlib
from promptflow.core import tool

@tool
def note(n: int):
    with open(pathlib.Path(__file__).parent.parent / "calls", "a") as calls:
        calls.write(f"{n}\\n")
    print("noted", n)
    return {"n": n, "half": n / 2}
`,
    "flow/wait.py": `import asyncio, pathlib
from promptflow.core import tool

@tool
async def wait(n: dict):
    while not (pathlib.Path(__file__).parent.parent / "go").exists():
        await asyncio.sleep(0.02)
    return n["n"] + 1
`,
    "data.jsonl": [0, 1, 2, 3, 4].map((n) => ({ n }))
  })
  return folder
}

const CREATE = ["run", "create", "--flow", "flow", "--data", "data.jsonl", "-n", "r1"]
const callsOf = (folder: CommandFolder) =>
  readFileSync(folder.path("calls"), "utf8").trim().split("\n").sort().join(" ")

/** Starts the run, and kills it when the journal has a result of each line's first node. */
async function runUntilNoted(folder: CommandFolder): Promise<void> {
  const command = folder.start(...CREATE)
  await said(command, "Submitting run r1")
  const store = lmdb(folder.home)
  await vi.waitFor(
    async () => {
      let count = 0
      for await (const _ of store.readNodeResults("r1")) count++
      expect(count).toBe(5)
    },
    { timeout: 30_000, interval: 50 }
  )
  const closed = once(command, "close")
  command.kill("SIGKILL")
  await closed
  await store.close()
}

test("a run whose process was killed is Interrupted; resume calls no node whose result was kept", async () => {
  const folder = aSlowPythonFlow()
  await runUntilNoted(folder)
  const before = await folder.json<{ status: string }>("run", "show", "r1")
  folder.write({ go: "" })

  const { exitCode, stdout, stderr } = await folder.run("run", "resume", "r1")

  expect(before.status).toBe("Interrupted")
  expect(stderr).toContain("Run r1: Completed, 5 completed, 0 failed of 5 lines")
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: "Completed", lines: { total: 5, completed: 5, failed: 0 } })
  expect(callsOf(folder)).toBe("0 1 2 3 4")
  const run = join(folder.home, ".runs", "r1")
  expect(readFileSync(join(run, "flow_outputs", "output.jsonl"), "utf8")).toBe(
    [0, 1, 2, 3, 4].map((n) => `{"line_number": ${n}, "n": ${n + 1}}\n`).join("")
  )
  const first = JSON.parse(readFileSync(join(run, "node_artifacts", "note", "000000003.jsonl"), "utf8"))
  expect(first.run_info).toMatchObject({
    output: { n: 3, half: 1.5 },
    logs: { stdout: expect.stringContaining("noted") }
  })
  expect(existsSync(join(run, "snapshot", "flow.dag.yaml"))).toBe(true)
})

test("--rerun-nodes calls them again: those that it names, or all", async () => {
  const folder = aSlowPythonFlow()
  await runUntilNoted(folder)
  folder.write({ go: "" })

  const wrong = await folder.run("run", "resume", "r1", "--rerun-nodes", "nota")
  const right = await folder.run("run", "resume", "r1", "--rerun-nodes", "note")

  expect(wrong.stderr).toBe(
    'throughline run resume: error: rerunNodes: got "nota", but it takes "all", or names of nodes: note, wait\n'
  )
  expect(right.exitCode).toBe(0)
  expect(callsOf(folder)).toBe("0 0 1 1 2 2 3 3 4 4")
})

test("a run that is done, or that nobody has, is not taken up", async () => {
  const folder = aSlowPythonFlow()
  folder.write({ go: "" })
  await folder.run(...CREATE)

  const done = await folder.run("run", "resume", "r1")
  const unknown = await folder.run("run", "resume", "--name", "r2")

  expect(done).toMatchObject({
    exitCode: 1,
    stderr: "throughline run resume: error: Run 'r1' is Completed: none of its lines is left to run.\n"
  })
  expect(unknown.stderr).toBe("throughline run resume: error: Run name 'r2' cannot be found.\n")
})

// The host is killed while a tool is stuck: no process that it started, and none that the tool started, is left.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test, vi } from "vitest"
import { CommandFolder } from "./run-command.ts"

const CHILD = fileURLToPath(new URL("./outlived-child.ts", import.meta.url))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A zombie has ended; nobody has looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}

/** Notes its own process and one that it starts, then does not come back. */
const IN_JAVASCRIPT = `import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
export default (n) => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" })
  writeFileSync(new URL("../pids", import.meta.url), process.pid + " " + child.pid)
  for (;;);
}
`
const inPython = (stuck: string) => `import os, pathlib, re, subprocess, time
from promptflow.core import tool

@tool
def run(n):
    child = subprocess.Popen(["sleep", "600"])
    (pathlib.Path(__file__).parent.parent / "pids").write_text(f"{os.getpid()} {child.pid}")
    ${stuck}
`

test.skipIf(process.platform !== "linux").each([
  ["JavaScript that computes for ever, in a process of its own", "javascript", "tool.mjs", IN_JAVASCRIPT, 2],
  // Linux ends Python with its parent; nobody is there then to end what it has started.
  ["Python that sleeps", "python", "tool.py", inPython("time.sleep(600)"), 1],
  ["Python that is stuck in C code", "python", "tool.py", inPython("re.match('(a+)+b', 'a' * 64)"), 1]
])("after kill -9 of the host nothing is left of %s", async (_, language, file, text, processes) => {
  const folder = new CommandFolder()
  folder.write({
    [`flow/${file}`]: text,
    "flow/flow.dag.yaml": `
inputs:
  n: { type: int }
outputs:
  n: { type: int, reference: "\${a.output}" }
nodes:
- name: a
  type: ${language}
  source: { type: code, path: ${file} }
  inputs: { n: "\${inputs.n}" }
`
  })
  const host = spawn(process.execPath, [CHILD, folder.path("flow")], { stdio: "inherit" })
  const pids = await vi.waitFor(() => readPids(folder), { timeout: 30_000, interval: 50 })
  expect(pids.filter(isAlive)).toEqual(pids)

  const closed = once(host, "close")
  host.kill("SIGKILL")
  await closed

  await vi.waitFor(() => expect(pids.slice(0, processes).filter(isAlive)).toEqual([]), {
    timeout: 15_000,
    interval: 50
  })
  for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL")
})

function readPids(folder: CommandFolder): readonly number[] {
  const pids = readFileSync(folder.path("pids"), "utf8").split(" ").map(Number)
  expect(pids).toHaveLength(2)
  return pids
}

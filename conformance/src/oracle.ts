// promptflow as an oracle: one long-lived Python process (driver.py) that runs job after job.
//
// O1. The environment is the one `PROMPTFLOW_PYTHON` names, else `.oracle/` at the root, made from PyPI when it is not
//     there. It is never among the tracked files.

import { type ExecFileSyncOptions, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Job, Outcome } from "./outcome.ts"

const VERSION = "1.18.5"
/** What its results depend on, too. */
const BESIDE = ["promptflow-tools==1.6.1", "pandas==2.3.3", "jinja2==3.1.6"]
const root = fileURLToPath(new URL("../..", import.meta.url))

/** The Python that has promptflow; made when there is none. @throws {Error} when it has another version */
export function promptflowPython(): string {
  const given = process.env.PROMPTFLOW_PYTHON
  const folder = join(root, ".oracle")
  const python = given ?? join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python")
  if (given === undefined && !existsSync(python)) {
    console.error(`Installing promptflow ${VERSION} from PyPI into ${folder} …`)
    const quiet: ExecFileSyncOptions = { stdio: ["ignore", "ignore", "inherit"] }
    execFileSync("python3", ["-m", "venv", folder], quiet)
    execFileSync(python, ["-m", "pip", "install", "--quiet", `promptflow==${VERSION}`, ...BESIDE], quiet)
  }
  const version = execFileSync(python, ["-c", "import importlib.metadata as m; print(m.version('promptflow'))"], {
    encoding: "utf8"
  }).trim()
  if (version !== VERSION) {
    throw new Error(`${python} has promptflow ${version}; the records are made with ${VERSION} (PROMPTFLOW_PYTHON)`)
  }
  return python
}

export interface Oracle {
  /** One after the other, in the order of the calls. */
  run(job: Job): Promise<Outcome>
  close(): Promise<void>
}

export function openOracle(python: string): Oracle {
  const home = mkdtempSync(join(tmpdir(), "conformance-oracle-"))
  const child = spawn(python, ["-B", "-W", "ignore", join(import.meta.dirname, "driver.py")], {
    stdio: ["pipe", "pipe", process.env.CONFORMANCE_DEBUG === undefined ? "ignore" : "inherit"],
    env: {
      ...process.env,
      PF_HOME_DIRECTORY: home,
      PF_DISABLE_TELEMETRY: "true",
      PF_LOGGING_LEVEL: "CRITICAL",
      PYTHONHASHSEED: "0"
    }
  })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const waiting: Array<{ resolve(outcome: Outcome): void; reject(error: Error): void }> = []
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(JSON.parse(line) as Outcome))
  child.once("close", (code) => {
    for (const { reject } of waiting) reject(new Error(`promptflow's driver ended with ${code}`))
  })
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify(job)}\n`)
      }),
    close: async () => {
      child.stdin.end()
      await ended
      rmSync(home, { recursive: true, force: true })
    }
  }
}

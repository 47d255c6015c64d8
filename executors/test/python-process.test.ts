import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { HostLost } from "@throughline/core/contracts"
import { describe, expect, test, vi } from "vitest"
import { aPlan, openFlow, script } from "./python-builders.ts"

const echo = { code: script("x", "return x"), inputs: { x: "${inputs.x}" } }
const BEGUN = 'open("begun", "w").close()'
/** Says that it has begun, and goes on when it is let go. */
const hold = {
  code: script("x", "import os, time", BEGUN, 'while not os.path.exists("go"): time.sleep(0.005)', "return x"),
  inputs: { x: "${inputs.x}" }
}
const fileIn = (folder: string, name: string) =>
  vi.waitUntil(() => existsSync(join(folder, name)), { timeout: 30_000, interval: 5 })

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // A zombie has ended; only its parent has not looked yet.
  return process.platform !== "linux" || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
}

describe("a process that dies", () => {
  test.each([
    ["import os; os._exit(7)", "exit code 7"],
    ["import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal SIGSEGV"]
  ])(
    "takes what was sent to it with it as HostLost; what waits, and comes later, goes to another (%s)",
    async (statement, how) => {
      const die = { code: script("", "import sys", "print('last words', file=sys.__stderr__)", statement) }
      const flow = await openFlow({ nodes: { die, echo } })
      const { pid } = flow.host.stats

      const [dead, sent, waiting] = await Promise.allSettled([
        flow.call("die"),
        flow.call("echo", { x: 1 }),
        flow.call("echo", { x: 2 })
      ])
      const after = await flow.call("echo", { x: "again" })

      for (const lost of [dead, sent]) {
        expect(lost).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining(how) } })
        expect((lost as PromiseRejectedResult).reason).toBeInstanceOf(HostLost)
      }
      expect(waiting).toMatchObject({ value: { text: "2" } })
      expect(after.value).toBe("again")
      expect(flow.host.stats.processes).toBe(2)
      expect(flow.host.stats.pid).not.toBe(pid)
      expect(flow.warnings.join()).toContain(how)
    }
  )

  test("tells the last lines of its stderr", async () => {
    const flow = await openFlow({
      nodes: { a: { code: script("", "import os", "os.write(2, b'memory is full\\n')", "os._exit(1)") } }
    })

    await expect(flow.call("a")).rejects.toThrow("memory is full")
  })

  test("a second death is survived like the first", async () => {
    const flow = await openFlow({ nodes: { die: { code: script("", "import os", "os._exit(1)") }, echo } })

    for (let round = 0; round < 3; round++) {
      await expect(flow.call("die")).rejects.toBeInstanceOf(HostLost)
      expect((await flow.call("echo", { x: round })).value).toBe(round)
    }
  })
})

describe("a process ends with its lane", () => {
  test("closing the host ends it, exit handlers included", async () => {
    const code = script("x", "import atexit", "atexit.register(lambda: open('gone.txt', 'w').write('bye'))")
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })
    await flow.call("a", { x: 1 })
    const pid = flow.host.stats.pid!

    await flow.host.close()

    expect(isAlive(pid)).toBe(false)
    expect(readFileSync(join(flow.folder, "gone.txt"), "utf8")).toBe("bye")
  })

  test("a call after closing is lost", async () => {
    const flow = await openFlow({ nodes: { echo } })
    await flow.host.close()

    await expect(flow.call("echo", { x: 1 })).rejects.toBeInstanceOf(HostLost)
  })

  test.each([
    ["it waits for work", "return 1"],
    ["user code sleeps", "import time; time.sleep(60)"],
    ["user code computes", "while True: pass"]
  ])("a host that is killed takes it along while %s", async (_, statement) => {
    const plan = aPlan({ nodes: { a: { code: script("", BEGUN, statement) } } })
    const program = join(plan.workingDir, "host.mjs")
    writeFileSync(
      program,
      `import open from ${JSON.stringify(fileURLToPath(new URL("../src/python/tool-host.ts", import.meta.url)))}
       const plan = ${JSON.stringify(plan)}
       const host = await open({ plan, initKwargs: {}, options: {}, nodes: [0], linesPerLane: 1, onWarning() {} })
       const tool = await host.prepare(plan.nodes[0], 0)
       void tool.call({}, { position: 0, lineNumber: 0, node: 0, logMetric() {}, get signal() { return new AbortController().signal } })
       console.log(host.stats.pid)
       setInterval(() => {}, 1000)`
    )
    const host = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] })
    const [line] = (await once(host.stdout, "data")) as [Buffer]
    const pid = Number(line.toString())
    await fileIn(plan.workingDir, "begun")
    expect(isAlive(pid)).toBe(true)

    host.kill("SIGKILL")

    await vi.waitUntil(() => !isAlive(pid), { timeout: 3_000 })
  })
})

describe("cancelling", () => {
  test("a call that is being run is rejected at once; a process that does not stop is ended, innocents are lost", async () => {
    const flow = await openFlow({ nodes: { hold, echo } })
    const controller = new AbortController()
    const reason = new Error("too slow")
    const pid = flow.host.stats.pid!
    const stuck = flow.call("hold", { x: 30 }, { signal: controller.signal })
    const innocent = flow.call("echo", { x: 1 })
    await fileIn(flow.folder, "begun")

    controller.abort(reason)

    await expect(stuck).rejects.toBe(reason)
    expect(isAlive(pid)).toBe(true)
    await expect(innocent).rejects.toThrow(/ended by signal SIGKILL \(node 'hold' went on/)
    expect((await flow.call("echo", { x: 2 })).value).toBe(2)
  })

  test("a call that has not begun is taken back, and the process lives", async () => {
    const flow = await openFlow({ nodes: { hold, echo } })
    const controller = new AbortController()
    const { pid } = flow.host.stats
    const running = flow.call("hold", { x: 2 })
    const waiting = flow.call("echo", { x: 1 }, { signal: controller.signal })
    await fileIn(flow.folder, "begun")

    controller.abort(new Error("not needed"))

    await expect(waiting).rejects.toThrow("not needed")
    writeFileSync(join(flow.folder, "go"), "")
    expect((await running).value).toBe(2)
    expect(flow.host.stats.pid).toBe(pid)
  })

  test("an asynchronous call is cancelled in its loop, and cleans up", async () => {
    const code = `from promptflow.core import tool\nimport asyncio, os\n@tool\nasync def run(x):\n    ${BEGUN}\n    try:\n        while not os.path.exists("go"):\n            await asyncio.sleep(0.005)\n    finally:\n        open(f"over-{x}", "w").close()\n    return x\n`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })
    const controller = new AbortController()
    const cancelled = flow.call("a", { x: 1 }, { signal: controller.signal })
    const other = flow.call("a", { x: 2 })
    await fileIn(flow.folder, "begun")

    controller.abort(new Error("stop"))

    await expect(cancelled).rejects.toThrow("stop")
    await fileIn(flow.folder, "over-1")
    writeFileSync(join(flow.folder, "go"), "")
    expect((await other).value).toBe(2)
    expect(flow.host.stats.processes).toBe(1)
  })
})

describe("the interpreter", () => {
  test("one that is not there is a load failure that says what was tried and what to do", async () => {
    const opened = openFlow({ nodes: { echo }, options: { python: "/nowhere/python3" } })

    await expect(opened).rejects.toMatchObject({
      name: "ToolLoadFailure",
      record: { message: expect.stringContaining("/nowhere/python3"), hint: expect.stringContaining("Python 3.9") }
    })
  })

  test("one that is too old is named with its version", async () => {
    const plan = aPlan({ nodes: { echo } })
    const old = join(plan.workingDir, "old-python")
    const real = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim()
    const lie = "import sys; sys.version_info = (3, 8, 1); exec(sys.argv[5])"
    writeFileSync(old, `#!/bin/sh\nexec "${real}" -c '${lie}' "$@"\n`, { mode: 0o755 })

    const opened = openFlow({ nodes: { echo }, options: { python: old } })

    await expect(opened).rejects.toThrow(/Python 3\.8 at .* is too old: 3\.9 or later is needed/)
  })

  test("its environment is the host's, the flow's and the option's, the last one winning", async () => {
    const code = script("", "import os", "return os.environ['PYTHON_HOST_TEST']")
    const flow = await openFlow({ nodes: { a: { code } }, options: { env: { PYTHON_HOST_TEST: "set" } } })

    expect((await flow.call("a")).value).toBe("set")
  })
})

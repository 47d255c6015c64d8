import { plain } from "@throughline/core/walk"
import { describe, expect, test } from "vitest"
import { aCall, openFlow, script, TOOL } from "./python-builders.ts"

const stamp = /\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\] /g

/** Runs a tool and hands back what its call has printed, stamps shortened to `@`. */
async function printed(code: string): Promise<{ stdout: string; stderr: string; host: string; text: string }> {
  const flow = await openFlow({ nodes: { a: { code } } })
  const call = aCall()
  const value = await flow.tools.a!.call({}, call)
  const { stdout = "", stderr = "" } = call.logs ?? {}
  // What the process wrote past its frames is all here once it has ended.
  await flow.host.close()
  const { stderrTail } = flow.host.stats
  const short = (text: string) => text.replace(stamp, "@")
  return { stdout: short(stdout), stderr: short(stderr), host: stderrTail, text: (value as { text: string }).text }
}

describe("prints belong to the call that made them", () => {
  test("every write is stamped, a bare line end is not", async () => {
    const lines = ["import sys", "print('a', 'b')", "print()", "print('two\\nlines')", "sys.stderr.write('oops\\n')"]

    const { stdout, stderr } = await printed(script("", ...lines))

    expect(stdout).toBe("@a@ @b\n\n@two\nlines\n")
    expect(stderr).toBe("@oops\n")
  })

  test("a call that prints nothing has no logs", async () => {
    const flow = await openFlow({ nodes: { a: { code: script("", "return 1") } } })
    const call = aCall()

    await flow.tools.a!.call({}, call)

    expect(call.logs).toBeUndefined()
  })

  test("threads of the tool, logging and bytes are captured", async () => {
    const { stdout, stderr } = await printed(
      script(
        "",
        "import threading, logging, sys",
        "thread = threading.Thread(target=lambda: print('from a thread'))",
        "thread.start(); thread.join()",
        "sys.stdout.buffer.write(b'bytes')",
        "logging.getLogger('x').warning('careful')"
      )
    )

    expect(stdout).toBe("@from a thread\n@bytes")
    expect(stderr).toBe("@careful\n")
  })

  test("what C code and child processes write goes to the process, and breaks no frame", async () => {
    const { stdout, host, text } = await printed(
      script(
        "",
        "import os, subprocess, sys",
        "os.write(1, b'straight to 1\\n')",
        "subprocess.run(['echo', 'from a child'])",
        "subprocess.run([sys.executable, '-c', 'import sys; print(len(sys.stdin.read()))'])",
        "return 'whole'"
      )
    )

    expect(text).toBe('"whole"')
    expect(stdout).toBe("")
    expect(host).toContain("straight to 1\nfrom a child\n0\n")
  })

  test.skipIf(process.platform === "win32")("a child that the tool forks prints to the process", async () => {
    const { stdout, host } = await printed(
      script(
        "",
        "import os",
        "child = os.fork()",
        "if child == 0:",
        "    print('from a fork')",
        "    os._exit(0)",
        "os.waitpid(child, 0)",
        "print('from the tool')"
      )
    )

    expect(stdout).toBe("@from the tool\n")
    expect(host).toBe("from a fork\n")
  })

  test("prints of asynchronous calls that run together are kept apart", async () => {
    const code = `${TOOL}import asyncio\n@tool\nasync def run(x):\n    for i in range(3):\n        print(x)\n        await asyncio.sleep(0.01)\n    return x\n`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })
    const calls = ["p", "q", "r"].map((x) => ({ x, call: aCall() }))

    await Promise.all(calls.map(({ x, call }) => flow.tools.a!.call({ x }, call)))

    for (const { x, call } of calls) expect(call.logs?.stdout.replace(stamp, "@")).toBe(`@${x}\n`.repeat(3))
  })

  test("a failed call keeps its prints", async () => {
    const flow = await openFlow({ nodes: { a: { code: script("", "print('so far')", "raise ValueError('bad')") } } })
    const call = aCall()

    await expect(flow.tools.a!.call({}, call)).rejects.toThrow("bad")

    expect(call.logs?.stdout).toContain("so far")
  })

  test("metrics are reported to the call, whichever name of log_metric logged them", async () => {
    const code = `import promptflow\nfrom promptflow import log_metric as first\nfrom promptflow.core import log_metric as second, tool\n@tool\ndef run():\n    first('a', 1.5)\n    second('b', {'c': [1]})\n    promptflow.log_metric(key='d', value='x')\n`
    const flow = await openFlow({ nodes: { a: { code } } })
    const metrics = new Map<string, unknown>()

    await flow.call("a", {}, { logMetric: (key, value) => metrics.set(key, plain(value)) })

    expect(Object.fromEntries(metrics)).toEqual({ a: 1.5, b: { c: [1] }, d: "x" })
  })
})

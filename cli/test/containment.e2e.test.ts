// What user code may do, and what it costs: its own line, with the cause named, and no neighbour. Each case runs for real,
// in a thread and in processes.

import { createRuntime, memoryStore, type RunOptions } from "@throughline/core"
import { javascript, python } from "@throughline/executors"
import { recordsCodec } from "@throughline/storage"
import { describe, expect, onTestFinished, test } from "vitest"
import { CommandFolder } from "./run-command.ts"

interface Case {
  /** What the tool does with its line. */
  readonly does: string
  /** What the line's error says. */
  readonly says: RegExp
  readonly limits?: Partial<RunOptions>
}

const LIMIT = { lineTimeoutMs: 1_000 }

/** JavaScript, in a thread and in a process of its own. */
const IN_JAVASCRIPT: Readonly<Record<string, Case>> = {
  throws: { does: 'throw new Error("boom")', says: /\(Error\) boom/ },
  rejects: { does: 'return Promise.reject(new Error("boom"))', says: /\(Error\) boom/ },
  "throws later, in a timer": {
    does: 'setTimeout(() => { throw new Error("late boom") }); return new Promise(() => {})',
    says: /crashed while executing line 2, twice: late boom/
  },
  exits: { does: "process.exit(3)", says: /exit/ },
  aborts: { does: "process.abort()", says: /abort|SIGABRT/ },
  "recurses without end": { does: "const f = () => f() + 1; return f()", says: /Maximum call stack size exceeded/ },
  "fills its heap": {
    does: "const all = []; for (;;) all.push(new Array(10_000).fill(all.length))",
    says: /crashed while executing line 2, twice: .*(memory limit|out of memory)/i
  },
  "computes without end": {
    does: "for (;;);",
    says: /Line 2 execution timeout for exceeding 1 seconds/,
    limits: LIMIT
  },
  "waits for ever": {
    does: "return new Promise(() => {})",
    says: /Line 2 execution timeout for exceeding 1 seconds/,
    limits: LIMIT
  },
  "gives what JSON cannot write": {
    does: 'return { toJSON() { throw new Error("no form") } }',
    says: /not JSON serializable.*no form/
  },
  "gives what contains itself": { does: "const a = {}; a.a = a; return a", says: /not JSON serializable/ },
  "gives more than the limit": {
    does: 'return "x".repeat(200_000)',
    says: /output has \d+ bytes; the limit is 100000/,
    limits: { maxOutputBytes: 100_000 }
  }
}

/** What a thread does not contain. */
const IN_A_PROCESS: Readonly<Record<string, Case>> = {
  "crashes in native code": {
    does: 'process.kill(process.pid, "SIGSEGV"); for (;;);',
    says: /crashed while executing line 2, twice: the process of the lane was ended by SIGSEGV/
  },
  "is ended for its memory, as the system does": {
    does: 'process.kill(process.pid, "SIGKILL"); for (;;);',
    says: /crashed while executing line 2, twice: the process of the lane was ended by SIGKILL/
  }
}

const IN_PYTHON: Readonly<Record<string, Case>> = {
  raises: { does: "raise ValueError('boom')", says: /\(ValueError\) boom/ },
  exits: { does: "import sys; sys.exit(3)", says: /SystemExit/ },
  "exits at once": { does: "import os; os._exit(3)", says: /crashed while executing line 2, twice: .*exit code 3/s },
  aborts: { does: "import os; os.abort()", says: /crashed while executing line 2, twice: .*SIGABRT/s },
  "recurses without end": { does: "f = lambda f: f(f) + 1; return f(f)", says: /RecursionError/ },
  "fills its memory": {
    does: "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); return [bytearray(1 << 24) for _ in range(1000)]",
    says: /MemoryError/
  },
  "computes without end": {
    does: "while True: pass",
    says: /Line 2 execution timeout for exceeding 1 seconds/,
    limits: LIMIT
  },
  "is stuck in C code": {
    does: "import re; re.match('(a+)+b', 'a' * 64)",
    says: /Line 2 execution timeout for exceeding 1 seconds/,
    limits: LIMIT
  },
  "crashes in native code": {
    does: "import ctypes; ctypes.string_at(0)",
    says: /crashed while executing line 2, twice: .*SIGSEGV/s
  },
  "is ended for its memory, as the system does": {
    does: "import os; os.kill(os.getpid(), 9)",
    says: /crashed while executing line 2, twice: .*SIGKILL/s
  },
  "gives what JSON cannot write": { does: "return object()", says: /not JSON serializable/ },
  "gives what contains itself": { does: "a = []; a.append(a); return a", says: /not JSON serializable/ },
  "gives more than the limit": {
    does: "return 'x' * 200_000",
    says: /output has \d+ bytes; the limit is 100000/,
    limits: { maxOutputBytes: 100_000 }
  }
}

/** Runs six lines, of which line 2 does it, and gives what became of each. */
async function runSix(language: "javascript" | "python", isolation: "thread" | "process", { does, limits }: Case) {
  const folder = new CommandFolder()
  const file = language === "javascript" ? "tool.mjs" : "tool.py"
  folder.write({
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
`,
    "flow/tool.mjs": `export default async function tool(n) {\n  if (n === 2) { ${does} }\n  return n\n}\n`,
    "flow/tool.py": `from promptflow.core import tool\n\n@tool\ndef run(n):\n    if n == 2:\n        ${does}\n    return n\n`
  })
  const runtime = await createRuntime({
    executors: [javascript({ isolation, workerMemoryMb: 64 }), python()],
    store: memoryStore(recordsCodec)
  })
  onTestFinished(() => runtime.close())
  const data = Array.from({ length: 6 }, (_, n) => ({ n }))
  const lines: Array<{ readonly output: unknown; readonly error: string | undefined }> = []
  for await (const line of runtime.run({ flow: folder.path("flow"), data, workers: 1, ...limits })) {
    lines.push({ output: line.output.n, error: line.error?.message })
  }
  return lines
}

describe.each([
  ["javascript", "thread", IN_JAVASCRIPT],
  ["javascript", "process", { ...IN_JAVASCRIPT, ...IN_A_PROCESS }],
  ["python", "thread", IN_PYTHON]
] as const)("%s in a %s", (language, isolation, cases) => {
  test.each(Object.entries(cases))("a tool that %s fails its line, and no other", async (_, what) => {
    const lines = await runSix(language, isolation, what)

    expect(lines[2]?.error).toMatch(what.says)
    expect(lines.map(({ output }) => output)).toEqual([0, 1, undefined, 3, 4, 5])
    expect(lines.filter(({ error }) => error !== undefined)).toHaveLength(1)
  })
})

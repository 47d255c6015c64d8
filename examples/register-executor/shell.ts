// An executor for another language: flows whose `language` is `shell`. Such a flow is one script. Its inputs reach it as
// environment variables; every line `name=value` that it prints is a flow output. The engine brings the rest: reading and
// mapping the data, how many lines run at once, the journal, output.jsonl, and which line failed and why.

import { execFile } from "node:child_process"
import { join } from "node:path"
import {
  defineExecutor,
  type ErrorRecord,
  type ExecutorContext,
  type ExecutorDefinition,
  errorRecord,
  type LineProxy,
  type LineReply,
  type LineTask
} from "throughline"

export function shell(): ExecutorDefinition {
  return defineExecutor({
    language: "shell",
    supports: { lines: true, aggregation: false },
    open: async (context) => new ShellProxy(context)
  })
}

class ShellProxy implements LineProxy {
  readonly #context: ExecutorContext

  constructor(context: ExecutorContext) {
    this.#context = context
  }

  /** Runs the script once. A script that fails fails its line; a rejection here would end the whole run. */
  runLine({ inputs, lineNumber }: LineTask, signal: AbortSignal): Promise<LineReply> {
    const { plan, lineTimeoutMs } = this.#context
    const script = join(plan.workingDir, plan.nodes[0]!.path)
    const env = { ...process.env, ...plan.environmentVariables, ...asVariables(inputs) }
    return new Promise((resolve) => {
      execFile(
        "sh",
        [script],
        { cwd: plan.workingDir, env, signal, timeout: lineTimeoutMs },
        (error, stdout, stderr) => {
          if (signal.aborted) resolve({ status: "Canceled", output: {} })
          else if (error !== null) resolve({ status: "Failed", output: {}, error: failure(lineNumber, stderr, error) })
          else resolve({ status: "Completed", output: asOutputs(stdout, plan.outputs) })
        }
      )
    })
  }

  async close(): Promise<void> {}
}

const asVariables = (inputs: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])
  )

function asOutputs(stdout: string, wanted: ReadonlyArray<{ readonly name: string }>): Record<string, string | null> {
  const printed = new Map(stdout.split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string]))
  return Object.fromEntries(wanted.map(({ name }) => [name, printed.get(name) ?? null]))
}

const failure = (lineNumber: number, stderr: string, { message }: Error): ErrorRecord =>
  errorRecord({
    message: `The script failed on line ${lineNumber}: ${stderr.trim() || message}`,
    codes: ["UserError", "ScriptExecutionError"],
    referenceCode: "Tool/shell"
  })

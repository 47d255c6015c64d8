// Asks Python for the signature of a flex flow's entry: a process of its own, for one question.

import {
  type DescribeContext,
  type EntryDescription,
  errorRecord,
  type FlowPlan,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { resolveEnvironment } from "../lanes/resolve-environment.ts"
import { ReplyKind } from "./frames.ts"
import { chooseInterpreter, noPython, type PythonOptions } from "./interpreter.ts"
import { PythonProcess } from "./python-process.ts"

const NUMBER = 1

/** What a module gets that calls a model while it is imported. */
const NO_MODEL = errorRecord({
  message: "a model cannot be called while the entry's module is only asked for its signature",
  codes: ["UserError", "NotSupportedYet"],
  hint: "call it in the function, or in the class's constructor"
})

/**
 * @throws {ToolLoadFailure} when there is no Python, or the entry's module cannot be imported
 * @throws the signal's reason, when it is aborted
 */
export async function describeEntry(
  plan: FlowPlan,
  options: PythonOptions,
  { connections, signal }: DescribeContext
): Promise<EntryDescription> {
  const [entry] = plan.nodes
  const own = await resolveEnvironment(plan.environmentVariables, connections)
  signal.throwIfAborted()
  const env = { ...process.env, ...own, ...options.env }
  const interpreter = chooseInterpreter(plan.workingDir, options.python, env)
  const { promise, resolve, reject } = Promise.withResolvers<EntryDescription>()
  const python = new PythonProcess({
    interpreter,
    folder: plan.workingDir,
    env,
    onReply: ({ number, kind, text }) => {
      if (kind === ReplyKind.asked)
        return python.send("answer", JSON.stringify({ number, kind: "failed", record: NO_MODEL }))
      if (number !== NUMBER) return
      if (kind === ReplyKind.prepared) resolve(JSON.parse(text) as EntryDescription)
      else reject(new ToolLoadFailure(JSON.parse(text)))
    },
    onExit: (message) =>
      reject(noPython(`Python (${interpreter.command}, from ${interpreter.reason}) cannot run this flow: ${message}`))
  })
  const onAbort = () => reject(signal.reason)
  signal.addEventListener("abort", onAbort, { once: true })
  python.send("describe", JSON.stringify({ number: NUMBER, path: entry?.path }))
  try {
    return await promise
  } finally {
    signal.removeEventListener("abort", onAbort)
    python.kill("its question was answered")
  }
}

// Python nodes of one lane: the life of the resident process that runs them, and the loading of their tools. What is sent
// to the process and what comes of it is told in calls.ts; whether a lost call is tried again, the lane decides.
//
// H1. There is one process at a time. Its greeting and all its tools come before its first call.
// H2. A dead process takes its calls and its objects with it. The next call starts another, with the same tools.
// H3. Numbers of calls and preparations go on from process to process: a reply cannot be taken for another's.
// H4. A closed host starts no process.

import {
  errorRecord,
  type ForeignValue,
  type NodeCall,
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  type ToolHost,
  type ToolHostContext,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { AskAnswers } from "./answer-asks.ts"
import { type CalledTool, Calls } from "./calls.ts"
import { type Reply, ReplyKind } from "./frames.ts"
import { chooseInterpreter, noPython, type PythonOptions } from "./interpreter.ts"
import { type Prepared, preparationOf, toolFacts } from "./preparation.ts"
import { PythonProcess } from "./python-process.ts"

/** A process that user code has not stopped answers in less. */
const ANSWER_MS = 500

/** What went through a host since it was opened. */
export interface PythonHostStats {
  readonly pid: number | undefined
  readonly processes: number
  readonly frames: number
  readonly calls: number
  readonly replies: number
  readonly stderrTail: string
}

export interface PythonToolHost extends ToolHost {
  readonly stats: PythonHostStats
}

const openToolHost: OpenToolHost = async (context) => {
  const host = new PythonHost(context)
  await host.open()
  return host
}

export default openToolHost

class PythonHost implements PythonToolHost {
  readonly #context: ToolHostContext
  readonly #options: PythonOptions
  #process: PythonProcess | undefined
  /** The process has greeted us and knows the tools; calls are held back until then. */
  #isReady = false
  #isClosed = false
  /** Numbers below it were given to earlier processes. */
  #firstNumber = 1
  #nextNumber = 1
  #processes = 0
  readonly #preparations = new Map<number, string>()
  readonly #asked = new Map<number, { resolve: (json: string) => void; reject: (reason: unknown) => void }>()
  /** Some tool's results stay in the process until their line is released. */
  #keepsValues = false
  readonly #calls = new Calls({
    isReady: () => this.#isReady,
    ensureStarted: () => {
      if (this.#process?.isAlive !== true) this.#restart()
    },
    send: (kind, body) => this.#process?.send(kind, body),
    kill: (reason) => this.#process?.kill(reason),
    nextNumber: () => this.#nextNumber++,
    firstNumber: () => this.#firstNumber
  })

  constructor(context: ToolHostContext) {
    this.#context = context
    this.#options = (context.options ?? {}) as PythonOptions
  }

  get stats(): PythonHostStats {
    return {
      pid: this.#process?.pid,
      processes: this.#processes,
      ...this.#calls.counts,
      stderrTail: this.#process?.stderrTail ?? ""
    }
  }

  /** Starts the first process, so that a missing Python is known before any line runs. */
  async open(): Promise<void> {
    const started = this.#start()
    try {
      await started.greeting
    } catch (error) {
      throw noPython(`${started.title} cannot run this flow: ${(error as Error).message}`)
    }
    this.#isReady = true
  }

  async prepare(node: NodePlan, index: number): Promise<PreparedTool> {
    const { json, inputs, isKept } = await preparationOf(this.#context, node, index)
    if (this.#process?.isAlive !== true) this.#restart()
    const prepared = await this.#askToPrepare(json)
    this.#preparations.set(index, json)
    this.#keepsValues ||= isKept
    const isVision = this.#context.plan.messageFormat === "openai-vision"
    const tool: CalledTool = { index, name: node.name, inputs, isAsync: prepared.isAsync, isVision }
    const call = (values: Record<string, unknown>, call: NodeCall): Promise<ForeignValue> =>
      this.#calls.add(tool, values, call)
    return { ...toolFacts(prepared), call, arePlain: (results) => this.#arePlain(results) }
  }

  releaseLine(position: number): void {
    this.#calls.releaseLine(position, this.#keepsValues)
  }

  runningSinceMs(position: number): number | undefined {
    return this.#calls.runningSinceMs(position)
  }

  /** C code may hold every lock of the interpreter: then answers of calls that are done are not sent either. */
  async tellsWhoRuns(): Promise<boolean> {
    if (this.#calls.syncInFlight <= 1) return true
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ANSWER_MS, false)
    })
    const answer = this.#ask("check", (number) => JSON.stringify([number, []])).then(
      () => true,
      () => false
    )
    const answers = await Promise.race([answer, silence])
    clearTimeout(timer)
    return answers
  }

  flush(): void {
    this.#calls.flush()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#process?.close()
  }

  #start(): { greeting: Promise<unknown>; title: string } {
    const { plan } = this.#context
    // The thread's environment has the flow's variables.
    const env = { ...process.env, ...this.#options.env }
    const interpreter = chooseInterpreter(plan.workingDir, this.#options.python, env)
    if (interpreter.warning !== undefined) this.#context.onWarning(interpreter.warning)
    this.#isReady = false
    this.#firstNumber = this.#nextNumber
    this.#processes++
    const started: PythonProcess = new PythonProcess({
      interpreter,
      folder: plan.workingDir,
      env,
      messageFormat: plan.messageFormat ?? "basic",
      onReply: (reply) => (reply.kind === ReplyKind.asked ? void asks.answer(reply) : this.#onReply(reply)),
      onExit: (message) => {
        asks.end()
        this.#onExit(started, message)
      }
    })
    const asks = new AskAnswers(this.#context, {
      send: (body) => started.send("answer", body),
      callOf: (number) => this.#calls.callOf(number)
    })
    this.#process = started
    return { greeting: started.greeting, title: `Python (${interpreter.command}, from ${interpreter.reason})` }
  }

  /** Starts another process and loads the tools again; the calls that wait are sent when it knows them. */
  #restart(): void {
    if (this.#isClosed) {
      this.#calls.loseWaiting("The Python host is closed")
      return
    }
    const fail = (error: unknown) => {
      this.#process?.kill("its tools could not be loaded again")
      this.#calls.loseWaiting(`Python could not be started again: ${(error as Error).message}`)
    }
    try {
      const { greeting } = this.#start()
      const loaded = [...this.#preparations.values()].map((preparation) => this.#askToPrepare(preparation))
      const started = this.#process
      Promise.all([greeting, ...loaded]).then(() => {
        if (this.#process !== started || started?.isAlive !== true) return
        this.#isReady = true
        this.#calls.sendAll()
      }, fail)
    } catch (error) {
      fail(error)
    }
  }

  async #askToPrepare(preparation: string): Promise<Prepared> {
    return JSON.parse(await this.#ask("prepare", (number) => `${preparation},"number":${number}}`)) as Prepared
  }

  /** Values of an earlier process are gone, and not plain. */
  async #arePlain(results: readonly ForeignValue[]): Promise<readonly boolean[]> {
    const handles = results.map(({ handle = 0 }) => handle)
    try {
      return JSON.parse(await this.#ask("check", (number) => JSON.stringify([number, handles]))) as boolean[]
    } catch (error) {
      if (error instanceof ToolLoadFailure) return results.map(() => false)
      throw error
    }
  }

  #ask(kind: "prepare" | "check", body: (number: number) => string): Promise<string> {
    const number = this.#nextNumber++
    return new Promise((resolve, reject) => {
      if (this.#process?.isAlive !== true) {
        reject(loadLost("there is no Python process"))
        return
      }
      this.#asked.set(number, { resolve, reject })
      this.#process.send(kind, body(number))
    })
  }

  #onReply(reply: Reply): void {
    const asked = this.#asked.get(reply.number)
    if (asked === undefined) {
      this.#calls.onReply(reply)
      return
    }
    this.#asked.delete(reply.number)
    if (reply.kind === ReplyKind.prepared || reply.kind === ReplyKind.checked) asked.resolve(reply.text)
    else asked.reject(new ToolLoadFailure(JSON.parse(reply.text)))
  }

  #onExit(process: PythonProcess, message: string): void {
    if (process !== this.#process) return
    this.#isReady = false
    if (!this.#isClosed) this.#context.onWarning(message)
    for (const { reject } of this.#asked.values()) reject(loadLost(message))
    this.#asked.clear()
    this.#calls.onProcessLost(message)
    if (this.#isClosed) this.#calls.loseWaiting(message)
  }
}

function loadLost(message: string): ToolLoadFailure {
  return new ToolLoadFailure(
    errorRecord({ message: `A tool could not be loaded: ${message}`, codes: ["SystemError", "HostLost"] })
  )
}

// The limit of what a batch can reach: threads of the same kind as a run's lanes, as warm as these are (opened once, for
// all rounds), that do to resident lines what cannot be left out.

import { type ResourceLimits, Worker } from "node:worker_threads"
import { BLOCK_LINES, digestOf } from "../digest.ts"
import type { Side } from "../harness.ts"

/** A line's text and number → its output's JSON text. */
export type LineFunction = (text: string, lineNumber: number) => string

export interface LimitShare {
  readonly flowFolder: string
  readonly dataFile: string
  /** URL of a module whose default export makes the `LineFunction`, given how to load a function of the flow. */
  readonly line: string
  /** Blocks of lines are dealt out in turn: this thread has those whose number leaves `turn` when divided by `turns`. */
  readonly turn: number
  readonly turns: number
}

export type ToLimit = "run" | "digest"
export type FromLimit =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly characters: number }
  | { readonly type: "digests"; readonly blocks: readonly string[] }

export interface LimitOptions extends Omit<LimitShare, "turn" | "turns"> {
  readonly lines: number
  readonly threads: number
}

/** As the lanes' (executors, open-lanes.ts). */
const RESOURCE_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 16 }

export class LimitSide implements Side, AsyncDisposable {
  readonly name = "limit"
  readonly #options: LimitOptions
  #threads: Worker[] = []
  #digest: string | undefined

  constructor(options: LimitOptions) {
    this.#options = options
  }

  /** What the right outputs come to. */
  get digest(): string {
    if (this.#digest === undefined) throw new Error("the limit has not run yet")
    return this.#digest
  }

  async prepare(): Promise<void> {
    if (this.#threads.length > 0) return
    const { threads, lines: _, ...share } = this.#options
    this.#threads = Array.from({ length: threads }, (_, turn) => {
      const workerData: LimitShare = { ...share, turn, turns: threads }
      return new Worker(new URL("thread.ts", import.meta.url), { workerData, resourceLimits: RESOURCE_LIMITS })
    })
    await Promise.all(this.#threads.map((thread) => answerOf(thread)))
  }

  async run(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => answerOf(thread, "run")))
  }

  async check(): Promise<void> {
    if (this.#digest === undefined) {
      const answers = await Promise.all(this.#threads.map((thread) => answerOf(thread, "digest")))
      const dealt = answers.map((answer) => (answer.type === "digests" ? answer.blocks : []))
      const blocks = Math.ceil(this.#options.lines / BLOCK_LINES)
      const inOrder = Array.from({ length: blocks }, (_, i) => dealt[i % dealt.length]![Math.floor(i / dealt.length)]!)
      this.#digest = digestOf(inOrder)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }
}

function answerOf(thread: Worker, message?: ToLimit): Promise<FromLimit> {
  return new Promise((resolve, reject) => {
    thread.once("message", resolve)
    thread.once("error", reject)
    if (message !== undefined) thread.postMessage(message)
  })
}

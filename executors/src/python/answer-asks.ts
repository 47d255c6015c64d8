// Answers what user code asks while its call runs: a prompty is rendered, or called with the lane's models. One object for
// each process, so that an answer cannot reach another.
//
// A1. The answers to a question come in order, and end with `end` or `failed`.
// A2. When the call that asked is aborted, or its process is gone, the request to the model is ended.

import { statSync } from "node:fs"
import {
  type ErrorRecord,
  ForeignValue,
  type ModelCaller,
  type NodeCall,
  ToolFailure,
  type ToolHostContext,
  unexpectedErrorRecord
} from "@throughline/core/contracts"
import { pythonJson, pythonRepr } from "@throughline/core/data/thread"
import { pythonInputs } from "../prompt/python-values.ts"
import { callPrompty } from "../prompty/call-prompty.ts"
import { loadPrompty, type Prompty, type PromptySource } from "../prompty/load-prompty.ts"
import { renderPrompty, resolveInputs } from "../prompty/render-prompty.ts"
import type { Reply } from "./frames.ts"

interface Question extends PromptySource {
  readonly what: "call" | "render"
  /** The call that asks; 0 where none runs, as while a module is imported. */
  readonly call: number
  /** Input → JSON text. */
  readonly inputs: Readonly<Record<string, string>>
}

type Said =
  | { readonly kind: "value" | "response" | "piece" | "event"; readonly value: unknown }
  | { readonly kind: "stream" | "end" }
  | { readonly kind: "failed"; readonly record: ErrorRecord }

export interface AskingProcess {
  readonly send: (body: string) => void
  readonly callOf: (number: number) => NodeCall | undefined
}

/** Prompties that were loaded last: a tool calls the same one for every line. */
const KEPT = 16

export class AskAnswers {
  readonly #services: Pick<ToolHostContext, "models" | "connections">
  readonly #process: AskingProcess
  readonly #gone = new AbortController()
  readonly #prompties = new Map<string, Prompty>()

  constructor(services: Pick<ToolHostContext, "models" | "connections">, process: AskingProcess) {
    this.#services = services
    this.#process = process
  }

  /** The process is no more. */
  end(): void {
    this.#gone.abort(new Error("the Python process is gone"))
  }

  async answer({ number, text }: Reply): Promise<void> {
    const say = (said: Said) => {
      if (this.#gone.signal.aborted) return
      this.#process.send(pythonJson({ number, ...said }))
    }
    try {
      await this.#answer(JSON.parse(text) as Question, say)
      say({ kind: "end" })
    } catch (error) {
      say({
        kind: "failed",
        record: error instanceof ToolFailure ? error.record : unexpectedErrorRecord(error, "Core")
      })
    }
  }

  async #answer(question: Question, say: (said: Said) => void): Promise<void> {
    const prompty = this.#load(question)
    const texts = Object.entries(question.inputs).map(([name, json]) => [name, new ForeignValue(json)] as const)
    const inputs = pythonInputs(Object.fromEntries(texts))
    if (question.what === "render") {
      const rendered = renderPrompty(prompty, resolveInputs(prompty, inputs))
      return say({ kind: "value", value: typeof rendered === "string" ? rendered : pythonRepr(rendered) })
    }
    const answer = await callPrompty(prompty, inputs, this.#services, this.#callerOf(question.call))
    switch (answer.kind) {
      case "value":
        return say({ kind: "value", value: answer.value })
      case "response":
        return say({ kind: "response", value: answer.response })
      case "pieces":
        say({ kind: "stream" })
        for await (const value of answer.pieces) say({ kind: "piece", value })
        return
      case "events":
        say({ kind: "stream" })
        for await (const value of answer.events) say({ kind: "event", value })
    }
  }

  #callerOf(number: number): ModelCaller {
    const call = this.#process.callOf(number)
    const gone = this.#gone.signal
    if (call === undefined) return { position: -1, signal: gone, tokens: undefined }
    const signal = AbortSignal.any([call.signal, gone])
    return {
      position: call.position,
      signal,
      get tokens() {
        return call.tokens
      },
      set tokens(tokens) {
        call.tokens = tokens
      }
    }
  }

  #load({ path, overrides = {}, replacesConfiguration = false, env }: Question): Prompty {
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    const key = JSON.stringify([path, changedMs, overrides, replacesConfiguration, env])
    const known = this.#prompties.get(key)
    if (known !== undefined) return known
    const prompty = loadPrompty({ path, overrides, replacesConfiguration, env })
    if (this.#prompties.size >= KEPT) this.#prompties.delete(this.#prompties.keys().next().value!)
    this.#prompties.set(key, prompty)
    return prompty
  }
}

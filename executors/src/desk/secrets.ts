// The secrets that came into a lane, and the texts they must not stand in: what tools print, messages, tracebacks.
// What a tool returns is the flow's own business, as in promptflow.

import { type ErrorRecord, type NodeCall, type PreparedTool, ToolFailure } from "@throughline/core/contracts"

const STARS = "**data_scrubbed**"
/** Shorter ones would take ordinary words out of texts; promptflow leaves them too. */
const SHORTEST = 3

export class Secrets {
  readonly #texts = new Set<string>()

  get isEmpty(): boolean {
    return this.#texts.size === 0
  }

  add(secrets: Readonly<Record<string, string>>): void {
    for (const secret of Object.values(secrets)) {
      if (secret.length < SHORTEST) continue
      this.#texts.add(secret)
      // As it stands inside of JSON, and much the same in Python's texts.
      this.#texts.add(JSON.stringify(secret).slice(1, -1))
    }
  }

  scrub(text: string): string {
    let clean = text
    for (const secret of this.#texts) clean = clean.replaceAll(secret, STARS)
    return clean
  }

  scrubRecord(record: ErrorRecord): ErrorRecord {
    return this.isEmpty ? record : (this.#inside(record) as ErrorRecord)
  }

  /** The tool, whose calls report no secret: neither in what they print nor in how they fail. */
  keepFrom(tool: PreparedTool): PreparedTool {
    const call: PreparedTool["call"] = (inputs, call) => this.#call(tool, inputs, call)
    return Object.create(tool, { call: { value: call } }) as PreparedTool
  }

  #call(tool: PreparedTool, inputs: Record<string, unknown>, call: NodeCall): unknown {
    let result: unknown
    try {
      result = tool.call(inputs, call)
    } catch (error) {
      throw this.#failed(error, call)
    }
    if (!(result instanceof Promise)) {
      this.#printed(call)
      return result
    }
    return result.then(
      (value) => {
        this.#printed(call)
        return value as unknown
      },
      (error: unknown) => {
        throw this.#failed(error, call)
      }
    )
  }

  #printed(call: NodeCall): void {
    if (call.logs === undefined) return
    call.logs = { stdout: this.scrub(call.logs.stdout), stderr: this.scrub(call.logs.stderr) }
  }

  #failed(error: unknown, call: NodeCall): unknown {
    this.#printed(call)
    if (error instanceof ToolFailure) return new ToolFailure(this.scrubRecord(error.record))
    if (error instanceof Error) error.message = this.scrub(error.message)
    return error
  }

  #inside(value: unknown): unknown {
    if (typeof value === "string") return this.scrub(value)
    if (Array.isArray(value)) return value.map((item) => this.#inside(item))
    if (value === null || typeof value !== "object") return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.#inside(member)]))
  }
}

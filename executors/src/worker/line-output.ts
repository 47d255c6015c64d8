// A line of `output.jsonl`, written from where the walk of its nodes ended; or the record of why there is none.

import {
  type ErrorRecord,
  type FlowPlan,
  ForeignValue,
  outputTooLargeRecord,
  unexpectedErrorRecord
} from "@throughline/core/contracts"
import { mayHoldImage, pythonJson, writeImages } from "@throughline/core/data/thread"
import {
  type OutputReader,
  ReferenceFailure,
  unserializable,
  type WalkEnd,
  wholeOutputLine
} from "@throughline/core/walk"
import { type ByteWriter, isUint32 } from "./byte-writer.ts"
import type { CompiledFlow } from "./compile-flow.ts"

interface NamedOutput extends OutputReader {
  /** What stands before the value. */
  readonly prefix: string
}

export class LineOutput {
  /** Where images of outputs are written; `undefined`: they stay in the outputs. */
  folder: string | undefined
  readonly #maxBytes: number
  readonly #messageFormat: NonNullable<FlowPlan["messageFormat"]>
  /** `undefined` where the entry's value is the output. */
  readonly #outputs: readonly NamedOutput[] | undefined

  constructor({ plan, outputs }: Pick<CompiledFlow, "plan" | "outputs">, maxBytes: number, folder: string | undefined) {
    this.folder = folder
    this.#maxBytes = maxBytes
    this.#messageFormat = plan.messageFormat ?? "basic"
    this.#outputs =
      plan.kind === "dag"
        ? outputs.map(({ name, read }) => ({ name, read, prefix: `, ${JSON.stringify(name)}: ` }))
        : undefined
  }

  /** What is in `out` beyond where it was is only good when there is no error. */
  write(out: ByteWriter, lineNumber: number, end: WalkEnd): ErrorRecord | undefined {
    const start = out.at
    const error =
      this.#outputs === undefined
        ? this.#writeWhole(out, lineNumber, end)
        : this.#writeEach(this.#outputs, out, lineNumber, end)
    const bytes = out.at - start
    if (error === undefined && bytes > this.#maxBytes) return outputTooLargeRecord(bytes, this.#maxBytes)
    return error
  }

  /** With promptflow's separators, and the line's number first. */
  #writeEach(
    outputs: readonly NamedOutput[],
    out: ByteWriter,
    lineNumber: number,
    end: WalkEnd
  ): ErrorRecord | undefined {
    out.text('{"line_number": ')
    out.digits(lineNumber)
    for (const { name, prefix, read } of outputs) {
      out.text(prefix)
      try {
        this.#writeValue(out, read(end))
      } catch (error) {
        if (error instanceof ReferenceFailure) return error.record
        return unserializable(name, error instanceof Error ? error.message : String(error))
      }
    }
    out.text("}\n")
    return undefined
  }

  #writeValue(out: ByteWriter, value: unknown): void {
    if (isUint32(value)) {
      out.digits(value)
      return
    }
    if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`a ${typeof value} is no data`)
    if (typeof value === "string") {
      // Before it is written: what is far too long is not to be held twice.
      if (value.length > this.#maxBytes) throw new ReferenceFailure(outputTooLargeRecord(value.length, this.#maxBytes))
      if (out.quoted(value)) return
    }
    out.text(this.#textOf(value))
  }

  #writeWhole(out: ByteWriter, lineNumber: number, { values: [entry] }: WalkEnd): ErrorRecord | undefined {
    try {
      out.text(wholeOutputLine(lineNumber, this.#textOf(entry)))
      return undefined
    } catch (error) {
      return unexpectedErrorRecord(error, "Executor")
    }
  }

  #textOf(value: unknown): string {
    const text = value instanceof ForeignValue ? value.text : pythonJson(value)
    if (this.folder === undefined || !mayHoldImage(text)) return text
    return pythonJson(writeImages(value, { folder: this.folder, prefix: "", format: this.#messageFormat }))
  }
}

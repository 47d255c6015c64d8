// Finished lines from the fold to one host that reads them. The fold waits until the host has taken what it was offered.
//
// H1. Lines come in the order of the data, each once.
// H2. At most one part is held, and a line is made when the host asks for it: what a slow host has yet to read costs no
//     memory beyond the part's bytes. A host that stops reading holds back the run, until the run is canceled: then
//     nothing waits for the host, and what is still kept is held for it.
// H3. A host that leaves its loop early gives the lines up.

import type { LineResult } from "../contracts/index.ts"

export class LineChannel implements AsyncIterator<LineResult, undefined> {
  readonly #onLeave: () => void
  #lines: Iterator<LineResult> = [].values()
  #taken: (() => void) | undefined
  #waiting:
    | {
        readonly resolve: (result: IteratorResult<LineResult, undefined>) => void
        readonly reject: (error: unknown) => void
      }
    | undefined
  #end: { readonly error: unknown } | undefined
  #asking: Promise<void> | undefined
  #hasLeft = false
  #isLetGo = false

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  /** Resolves when the host is done with all of these lines (it asks for the next), or left. They are read until then. */
  offer(lines: Iterable<LineResult>): Promise<void> {
    if (this.#hasLeft) return Promise.resolve()
    if (this.#isLetGo) {
      this.#lines = [...restOf(this.#lines), ...lines].values()
      this.#serve()
      return Promise.resolve()
    }
    this.#lines = lines[Symbol.iterator]()
    return new Promise((resolve) => {
      this.#taken = resolve
      this.#serve()
    })
  }

  /** The run is being canceled: it waits for the host no longer. */
  letGo(): void {
    this.#isLetGo = true
    this.#lines = [...restOf(this.#lines)].values()
    this.#taken?.()
    this.#taken = undefined
  }

  /** No more lines will come; `error` is what ended the run, if something did. */
  end(error: unknown): void {
    this.#end = { error }
    this.#serve()
  }

  async next(): Promise<IteratorResult<LineResult, undefined>> {
    // One at a time: a second call waits for the first.
    while (this.#asking !== undefined) await this.#asking
    if (this.#hasLeft) return { done: true, value: undefined }
    const asking = new Promise<IteratorResult<LineResult, undefined>>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#serve()
    })
    this.#asking = asking.then(
      () => {},
      () => {}
    )
    try {
      return await asking
    } finally {
      this.#asking = undefined
    }
  }

  async return(): Promise<IteratorResult<LineResult, undefined>> {
    this.#hasLeft = true
    this.#lines = [].values()
    this.#taken?.()
    this.#taken = undefined
    this.#waiting?.resolve({ done: true, value: undefined })
    this.#waiting = undefined
    if (this.#end === undefined) this.#onLeave()
    return { done: true, value: undefined }
  }

  #serve(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const { done, value } = this.#lines.next()
    if (done !== true) {
      this.#waiting = undefined
      waiting.resolve({ done: false, value })
      return
    }
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
    if (this.#end === undefined) return
    this.#waiting = undefined
    if (this.#end.error === undefined) waiting.resolve({ done: true, value: undefined })
    else waiting.reject(this.#end.error)
  }
}

const restOf = (lines: Iterator<LineResult>): Iterable<LineResult> => ({ [Symbol.iterator]: () => lines })

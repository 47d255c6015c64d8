// Ctrl+C and SIGTERM, while a run goes on. Only the command listens to signals; the library never does.
//
// I1. The first signal asks the run to stop; what is finished is kept.
// I2. The second ends the process at once: the journal holds what was committed, and the run shows as `Interrupted`.
// I3. After `dispose` signals do what they did before.

import { note } from "./print.ts"

export class Interrupts implements Disposable {
  readonly #onFirst: () => void
  readonly #onInt = () => this.#interrupt(130)
  readonly #onTerm = () => this.#interrupt(143)
  /** The exit code that the first signal asks for; `undefined` while there was none. */
  exitCode: 130 | 143 | undefined

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst
    process.on("SIGINT", this.#onInt)
    process.on("SIGTERM", this.#onTerm)
  }

  #interrupt(code: 130 | 143): void {
    if (this.exitCode !== undefined) process.exit(code)
    this.exitCode = code
    note("\nCanceling: finished lines are kept, lines in flight get a few seconds. Once more stops at once.")
    this.#onFirst()
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInt)
    process.off("SIGTERM", this.#onTerm)
  }
}

// Ctrl+C and SIGTERM, while a run goes on. Only the command listens to signals; the library never does.
//
// I1. The first signal asks the run to stop; what is finished is kept. Ctrl+C cancels it; SIGTERM, with which a system asks
//     a process to go, leaves it to be taken up.
// I2. The second ends the process at once: the journal holds what was committed, and the run shows as `Interrupted`.
// I3. After `dispose` signals do what they did before.

import { note } from "./print.ts"

export class Interrupts implements Disposable {
  readonly #onFirst: (code: 130 | 143) => void
  readonly #onInt = () => this.#interrupt(130)
  readonly #onTerm = () => this.#interrupt(143)
  /** The exit code that the first signal asks for; `undefined` while there was none. */
  exitCode: 130 | 143 | undefined

  constructor(onFirst: (code: 130 | 143) => void) {
    this.#onFirst = onFirst
    process.on("SIGINT", this.#onInt)
    process.on("SIGTERM", this.#onTerm)
  }

  #interrupt(code: 130 | 143): void {
    if (this.exitCode !== undefined) process.exit(code)
    this.exitCode = code
    const doing = code === 130 ? "Canceling" : "Stopping, to be resumed"
    note(`\n${doing}: finished lines are kept, lines in flight get a few seconds. Once more stops at once.`)
    this.#onFirst(code)
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInt)
    process.off("SIGTERM", this.#onTerm)
  }
}

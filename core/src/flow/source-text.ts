// The text of a file, and where in it an offset stands.

import type { SourcePlace } from "../contracts/flow-plan.ts"

export class SourceText {
  readonly text: string
  readonly file: string
  readonly #lineStarts: readonly number[]

  /** A byte order mark at the start is not part of the text. */
  constructor(text: string, file: string) {
    this.text = text.startsWith("\ufeff") ? text.slice(1) : text
    this.file = file
    const starts = [0]
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) starts.push(at + 1)
    this.#lineStarts = starts
  }

  /** 1-based. Columns count UTF-16 units. An offset outside the text gives its nearest end. */
  placeAt(offset: number): SourcePlace {
    const inside = Math.min(Math.max(offset, 0), this.text.length)
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= inside) low = middle
      else high = middle - 1
    }
    return { file: this.file, line: low + 1, column: inside - this.#lineStarts[low]! + 1 }
  }

  /** @param line 1-based */
  lineText(line: number): string {
    const start = this.#lineStarts[line - 1] ?? this.text.length
    return this.text.slice(start, (this.#lineStarts[line] ?? this.text.length + 1) - 1)
  }
}

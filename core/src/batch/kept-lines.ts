// A run's lines as its store has them, one after the other in the order of the data. Works at any size: memory holds one
// chunk, and the lines of others that stand between its lines.

import type { LineRecord, RunStore } from "../contracts/index.ts"

export interface KeptLine {
  readonly record: LineRecord
  /** The line's row, as JSON text. */
  readonly row: string
}

/**
 * Lines without a result (canceled, interrupted) are not among them.
 *
 * @param firstPosition of the first chunk to be read; lines before it may be among its chunk's
 */
export async function* keptLines(
  store: RunStore,
  name: string,
  firstPosition = 0
): AsyncGenerator<KeptLine, undefined> {
  /** Lines that stand behind the start of a chunk yet to come. */
  let waiting: readonly KeptLine[] = []
  for await (const { header, records, rows } of store.readChunks(name, firstPosition)) {
    const first = header.positions[0] ?? 0
    for (const line of waiting) if (line.record.position < first) yield line
    const texts = new TextDecoder().decode(rows).split("\n")
    const lines = store.decodeRecords(records).map((record, i) => ({ record, row: texts[i] ?? "" }))
    waiting = [...waiting.filter(({ record }) => record.position > first), ...lines].sort(
      (a, b) => a.record.position - b.record.position
    )
  }
  yield* waiting
}

// The way into room 7: finished parts are grouped into one commit, and folded when the commit is done.
//
// G1. A group is committed 50 ms after its first part, at 1 MB, or when no line is on its way, whichever comes first.
// G2. A part is folded after its commit, never before: a line is done when it is kept.
// G3. The inbox is bounded by what was admitted (admit.ts); it needs no bound of its own.

import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import { WriteFailed } from "../contracts/errors.ts"
import { LINE_FAILED, type RunWriter, type StoredChunk } from "../contracts/index.ts"
import type { DeliveredPart } from "../line/line-actor.ts"
import type { Fold } from "./fold-result.ts"

const GROUP_MS = 50
const GROUP_BYTES = 1 << 20

export interface Keep {
  readonly deliver: (delivered: DeliveredPart) => void
  /** Commits and folds until `end`, and all that was delivered before it. */
  readonly loop: Effect.Effect<void, WriteFailed>
  readonly end: () => void
}

export interface KeepOptions {
  readonly writer: RunWriter
  readonly fold: Fold
  /** True when no line is on its way: nothing would join the group. */
  readonly isIdle: () => boolean
}

export const makeKeep = Effect.fnUntraced(function* ({ writer, fold, isIdle }: KeepOptions) {
  const inbox = yield* Queue.unbounded<DeliveredPart, Cause.Done>()
  const isDue = Latch.makeUnsafe(false)
  let groupBytes = 0

  const deliver = (delivered: DeliveredPart): void => {
    groupBytes += delivered.part.records.byteLength + delivered.part.outputs.byteLength
    Queue.offerUnsafe(inbox, delivered)
    if (groupBytes >= GROUP_BYTES || isIdle()) Latch.openUnsafe(isDue)
  }

  const keepGroup = Effect.fnUntraced(function* (parts: readonly DeliveredPart[]) {
    yield* Effect.tryPromise({
      try: () => {
        const unfinished = parts.flatMap(({ part }) => part.unfinished ?? [])
        return writer.append(parts.filter(hasLines).map(storedChunk), fold.cursor, unfinished)
      },
      catch: (cause) => asWriteFailed(writer.name, cause)
    })
    yield* Effect.tryPromise({
      try: () => fold.add(parts),
      catch: (cause) => asWriteFailed(writer.name, cause)
    })
  })

  const loop = Effect.gen(function* () {
    for (;;) {
      const first = yield* Queue.take(inbox)
      if (!isIdle()) yield* Effect.raceFirst(Effect.sleep(GROUP_MS), isDue.await)
      Latch.closeUnsafe(isDue)
      const rest = Queue.sizeUnsafe(inbox) > 0 ? yield* Queue.takeAll(inbox) : []
      groupBytes = 0
      yield* keepGroup([first, ...rest])
    }
  }).pipe(Effect.catchTag("Done", () => Effect.void))

  const keep: Keep = {
    deliver,
    loop,
    end: () => {
      Queue.endUnsafe(inbox)
      Latch.openUnsafe(isDue)
    }
  }
  return keep
})

/** A part may bring results of nodes alone. */
const hasLines = ({ part }: DeliveredPart): boolean => part.positions.length > 0

const asWriteFailed = (run: string, cause: unknown): WriteFailed =>
  cause instanceof WriteFailed ? cause : new WriteFailed({ path: `the journal of run '${run}'`, cause })

function storedChunk({ part, task }: DeliveredPart): StoredChunk {
  const { positions, lineNumbers, statuses, nodeStatus, tokens, records, aggregation } = part
  return {
    header: {
      positions,
      ...(lineNumbers === undefined ? {} : { lineNumbers }),
      ...(statuses.includes(LINE_FAILED) ? { statuses } : {}),
      nodeStatus,
      tokens
    },
    records,
    rows: rowsOf(positions, task),
    ...(aggregation === undefined ? {} : { aggregation })
  }
}

/** The rows of these positions as JSONL; the chunk's own bytes where they are all of them and stand side by side. */
function rowsOf(positions: Uint32Array, { bytes, spans, count, firstPosition }: DeliveredPart["task"]): Uint8Array {
  const first = spans[0]!
  const last = spans[2 * count - 1]!
  const isWhole = positions.length === count
  if (isWhole && isTight(spans, count) && bytes[last] === LINE_END) return bytes.subarray(first, last + 1)
  let length = 0
  for (const position of positions) {
    const row = position - firstPosition
    length += spans[2 * row + 1]! - spans[2 * row]! + 1
  }
  const rows = new Uint8Array(length)
  let at = 0
  for (const position of positions) {
    const row = position - firstPosition
    rows.set(bytes.subarray(spans[2 * row]!, spans[2 * row + 1]!), at)
    at += spans[2 * row + 1]! - spans[2 * row]!
    rows[at++] = LINE_END
  }
  return rows
}

const LINE_END = 10

/** True when exactly one byte stands between each row and the next. */
function isTight(spans: Uint32Array, count: number): boolean {
  for (let row = 1; row < count; row++) if (spans[2 * row] !== spans[2 * row - 1]! + 1) return false
  return true
}

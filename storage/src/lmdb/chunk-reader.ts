// Reads a run's chunks by first position, in batches. Between two batches it holds no cursor and no transaction, and
// lets the event loop turn: a scan of a million lines neither pins pages of the file nor stops the host.

import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { ChunkHeader, NodeResults, StoredChunk } from "@throughline/core/contracts"
import { JournalDamaged } from "../errors.ts"
import { type DecodedHeader, decodeChunk, decodeHeader } from "./chunk-codec.ts"
import type { Environment } from "./environment.ts"

const RESULTS_PER_BATCH = 64
const HEADERS_PER_BATCH = 256
const CHUNKS_PER_BATCH = 16

/** All keys of a run, in `headers` and in `sections`. A new object at each call: lmdb writes into its options. */
export const chunkRange = (runNumber: number, firstPosition = 0) => ({
  start: [runNumber, firstPosition],
  end: [runNumber + 1]
})

/** @param environment gives the open environment, and throws once its store is closed */
export async function* readHeaders(environment: () => Environment, runNumber: number): AsyncGenerator<ChunkHeader> {
  for await (const batch of readBatches(environment, runNumber, HEADERS_PER_BATCH)) {
    for (const { header } of batch) yield header
  }
}

export async function* readChunks(
  environment: () => Environment,
  runNumber: number,
  firstPosition: number
): AsyncGenerator<StoredChunk> {
  for await (const batch of readBatches(environment, runNumber, CHUNKS_PER_BATCH, firstPosition)) {
    for (const decoded of batch) {
      const open = environment()
      const firstPosition = decoded.header.positions[0]!
      const section = (kind: number) => open.read(() => open.sections.get([runNumber, firstPosition, kind]))
      const chunk = decodeChunk(decoded, section)
      // The run was deleted in between.
      if (chunk === undefined) return
      yield chunk
    }
  }
}

export async function* readNodeResults(environment: () => Environment, runNumber: number): AsyncGenerator<NodeResults> {
  for (let start: number[] = [runNumber]; ; ) {
    const open = environment()
    open.refresh()
    const found = open.read(() => [...open.nodes.getRange({ start, end: [runNumber + 1], limit: RESULTS_PER_BATCH })])
    for (const { key, value } of found) {
      const [, position, firstNode] = key as [number, number, number]
      yield { position, firstNode, nodes: value }
    }
    if (found.length < RESULTS_PER_BATCH) return
    const [, position, firstNode] = found.at(-1)!.key as [number, number, number]
    start = [runNumber, position, firstNode + 1]
    await nextTurn()
  }
}

async function* readBatches(
  open: () => Environment,
  runNumber: number,
  size: number,
  firstPosition = 0
): AsyncGenerator<readonly DecodedHeader[]> {
  let from = firstPosition
  for (;;) {
    const environment = open()
    environment.refresh()
    const range = { ...chunkRange(runNumber, from), limit: size }
    const values = environment.read(() => [...environment.headers.getRange(range)])
    const batch = values.map(({ key, value }) => decodeSound(environment, key as [number, number], value))
    if (batch.length > 0) yield batch
    if (batch.length < size) return
    from = batch.at(-1)!.header.positions[0]! + 1
    await nextTurn()
  }
}

/** @throws {JournalDamaged} for a header that is not as it was written */
function decodeSound({ path, msgpack }: Environment, [, position]: readonly [number, number], value: Uint8Array) {
  try {
    const decoded = decodeHeader(value, msgpack)
    if (decoded.header.positions[0] === position) return decoded
  } catch {
    // Whatever it is, it is no header.
  }
  throw new JournalDamaged({
    file: join(path, "data.mdb"),
    reason: `the header of a chunk (line ${position}) is not one`
  })
}

// Chunks whose every byte follows from their number, so that a test can tell a torn or foreign one from its own.

import type { StoredChunk } from "@throughline/core/contracts"

export const LINES_PER_CHUNK = 8

export function numberedChunk(number: number): StoredChunk {
  const positions = Uint32Array.from({ length: LINES_PER_CHUNK }, (_, i) => number * LINES_PER_CHUNK + i)
  return {
    header: {
      positions,
      nodeStatus: { "answer.completed": LINES_PER_CHUNK },
      tokens: { prompt: number, completion: 1, total: number + 1 }
    },
    records: patterned(number, 200 + ((number * 977) % 20_000)),
    rows: patterned(number + 1, 100 + ((number * 313) % 3_000))
  }
}

function patterned(number: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (number * 31 + i * 7 + (i >> 8)) & 0xff
  return bytes
}

// A real process is killed at a moment that follows from the printed seed and the machine's mood.

import { join } from "node:path"
import { expect, test } from "vitest"
import { openEnvironment } from "../src/lmdb/environment.ts"
import { readParts } from "../src/lmdb/run-records.ts"
import { writeRun } from "./child.ts"
import { LINES_PER_CHUNK, numberedChunk } from "./numbered-chunk.ts"
import { temporaryHome } from "./temporary-home.ts"

const CHUNKS_PER_APPEND = 3
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

test.each([0, 1, 2, 3, 4])(
  "what was acknowledged is there after kill -9, whole and without a hole (R1), round %i",
  async (round) => {
    console.log(`journal-survives-kill: SEED=${seed} round ${round}`)
    const home = await temporaryHome()
    const child = writeRun([home.path, "killed", "1000000", String(CHUNKS_PER_APPEND), "finish"])

    await child.waitFor(`ack ${1 + ((Math.imul(seed + round, 2654435761) >>> 0) % 400)}`)
    child.kill()
    expect(await child.ended).toBe("SIGKILL")

    const acknowledged = child.said.filter((line) => line.startsWith("ack ")).length
    const store = home.open()
    const numbers: number[] = []
    for await (const chunk of store.readChunks("killed")) {
      const number = chunk.header.positions[0]! / LINES_PER_CHUNK
      const written = numberedChunk(number)
      expect(chunk.header).toEqual(written.header)
      expect(Buffer.compare(chunk.records, written.records)).toBe(0)
      expect(Buffer.compare(chunk.rows, written.rows)).toBe(0)
      numbers.push(number)
    }
    expect(numbers).toEqual(numbers.map((_, i) => i))
    expect(numbers.length % CHUNKS_PER_APPEND).toBe(0)
    expect(numbers.length / CHUNKS_PER_APPEND).toBeGreaterThanOrEqual(acknowledged)
    expect(await store.getRun("killed")).toMatchObject({
      status: "Interrupted",
      lines: { total: numbers.length * LINES_PER_CHUNK }
    })

    const environment = (await openEnvironment({ folder: join(home.path, "journal"), mapSizeGiB: 16, create: false }))!
    expect(readParts(environment, "killed")?.cursor?.position).toBe(numbers.length / CHUNKS_PER_APPEND)
    await environment.close()
  }
)

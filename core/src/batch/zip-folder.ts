// Packs a folder into a zip file: what an include named `x.zip` means where only the folder `x` exists.

import { readdir, readFile, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { crc32, deflateRawSync } from "node:zlib"

interface Entry {
  readonly name: Buffer
  readonly data: Buffer
  readonly packed: Buffer
}

/** Names in the file begin with the folder's own. Files of 4 GiB and more do not fit the format. */
export async function zipFolder(folder: string, file: string): Promise<void> {
  const entries = await entriesOf(folder, basename(folder))
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const header = headerOf(entry)
    parts.push(local(header), entry.name, entry.packed)
    directory.push(central(header, at), entry.name)
    at += 30 + entry.name.length + entry.packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  await writeFile(file, Buffer.concat([...parts, ...directory, end(entries.length, size, at)]))
}

async function entriesOf(folder: string, name: string): Promise<readonly Entry[]> {
  const entries = [entryOf(`${name}/`, Buffer.alloc(0))]
  for (const child of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, child.name)
    if (child.isDirectory()) entries.push(...(await entriesOf(path, `${name}/${child.name}`)))
    else entries.push(entryOf(`${name}/${child.name}`, await readFile(path)))
  }
  return entries
}

const entryOf = (name: string, data: Buffer): Entry => ({
  name: Buffer.from(name),
  data,
  packed: data.length === 0 ? data : deflateRawSync(data)
})

const UTF8_NAMES = 0x0800
const DEFLATED = 8
/** The first day that the format knows: the same folder gives the same bytes. */
const FIRST_DAY = 0x0021

/** What the two headers of an entry have in common. */
function headerOf({ name, data, packed }: Entry): Buffer {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(20, 0)
  header.writeUInt16LE(UTF8_NAMES, 2)
  header.writeUInt16LE(data.length === 0 ? 0 : DEFLATED, 4)
  header.writeUInt16LE(FIRST_DAY, 8)
  header.writeUInt32LE(crc32(data), 10)
  header.writeUInt32LE(packed.length, 14)
  header.writeUInt32LE(data.length, 18)
  header.writeUInt16LE(name.length, 22)
  return header
}

const local = (header: Buffer): Buffer => Buffer.concat([signature(0x04034b50), header])

function central(header: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  return Buffer.concat([signature(0x02014b50), Buffer.from([20, 0]), header, rest])
}

function end(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(18)
  record.writeUInt16LE(count, 4)
  record.writeUInt16LE(count, 6)
  record.writeUInt32LE(size, 8)
  record.writeUInt32LE(offset, 12)
  return Buffer.concat([signature(0x06054b50), record])
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

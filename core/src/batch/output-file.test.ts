import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { WriteFailed } from "../contracts/errors.ts"
import { aFolder } from "../testing/temp-folder.ts"
import { openOutputFile } from "./output-file.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

test("makes the folder, empties what was there, and appends every buffer in order", async () => {
  const folder = aFolder({ "out/deep/output.jsonl": "old\n" })
  const output = await openOutputFile(join(folder, "out/deep"))

  await output.append([bytes("a\n"), bytes(""), bytes("b\n")])
  await output.append([])
  await output.append([bytes("c\n")])
  await output.close()

  expect(output.path).toBe(join(folder, "out/deep/output.jsonl"))
  expect(readFileSync(output.path!, "utf8")).toBe("a\nb\nc\n")
})

test("writes thousands of buffers with one call", async () => {
  const output = await openOutputFile(aFolder())
  const buffers = Array.from({ length: 3000 }, (_, at) => bytes(`${at}\n`))

  await output.append(buffers)
  await output.close()

  expect(readFileSync(output.path!)).toEqual(Buffer.concat(buffers))
})

test("is nothing where no folder is wanted", async () => {
  const output = await openOutputFile(undefined)

  await output.append([bytes("a")])
  await output.close()

  expect(output.path).toBeUndefined()
})

test("what cannot be written is WriteFailed with the path, when opened and later", async () => {
  const folder = aFolder({ file: "" })
  const output = await openOutputFile(folder)
  await output.close()

  const opening = await openOutputFile(join(folder, "file")).catch((error: unknown) => error)
  const appending = await output.append([bytes("a")]).catch((error: unknown) => error)

  expect(opening).toBeInstanceOf(WriteFailed)
  expect((opening as WriteFailed).message).toContain(join(folder, "file", "output.jsonl"))
  expect(appending).toBeInstanceOf(WriteFailed)
})

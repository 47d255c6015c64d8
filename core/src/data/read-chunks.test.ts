// The suite of every kind of source through the one reader: a table of formats and mistakes, long as there are many.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { InvalidData } from "../contracts/errors.ts"
import type { DataSource } from "../contracts/run.ts"
import { parseRow } from "./parse-row.ts"
import { type OpenRowsOptions, openRows, type RowReader } from "./read-chunks.ts"
import { rowText } from "./row-text.ts"

const root = mkdtempSync(join(tmpdir(), "throughline-data-"))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

/** Writes files into a folder of their own. */
function filesOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  folders += 1
  const folder = join(root, String(folders))
  mkdirSync(folder)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

interface Taken {
  readonly texts: readonly string[]
  readonly lineNumbers: readonly number[]
  readonly warnings: readonly string[]
}

async function takeAll(reader: RowReader, maxRows = 1000, maxBytes = 1 << 20) {
  const texts: string[] = []
  const lineNumbers: number[] = []
  for (
    let chunk = await reader.take(maxRows, maxBytes);
    chunk !== undefined;
    chunk = await reader.take(maxRows, maxBytes)
  ) {
    expect(chunk.firstPosition).toBe(texts.length)
    for (let i = 0; i < chunk.count; i++) {
      texts.push(rowText(chunk, i))
      lineNumbers.push(chunk.lineNumbers?.[i] ?? chunk.firstPosition + i)
    }
  }
  return { texts, lineNumbers }
}

async function read(
  sources: Readonly<Record<string, DataSource>>,
  options: Partial<OpenRowsOptions> = {}
): Promise<Taken> {
  const warnings: string[] = []
  const reader = await openRows({ sources, baseDir: root, onWarning: (text) => warnings.push(text), ...options })
  const taken = await takeAll(reader)
  expect(reader.totalRows).toBe(taken.texts.length)
  expect(reader.remainingRows).toBe(0)
  await reader.close()
  return { ...taken, warnings }
}

const readFile = (name: string, content: string | Uint8Array) =>
  read({ data: join(filesOf({ [name]: content }), name) })
const rowsOf = async (taken: Promise<Taken>) => (await taken).texts.map((text) => parseRow(text))

async function failureOf(promise: Promise<unknown>): Promise<InvalidData> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason
  )
  if (error instanceof InvalidData) return error
  throw new Error(`not an InvalidData: ${error}`)
}

describe("a .jsonl file", () => {
  test("gives its lines as they stand, without blank ones, line ends and byte order mark", async () => {
    const { texts, lineNumbers } = await readFile("d.jsonl", '\ufeff{"a": 1.0}\r\n\n  \r\n {"a":2} \n{"a": "ü"}')

    expect(texts).toEqual(['{"a": 1.0}', ' {"a":2} ', '{"a": "ü"}'])
    expect(lineNumbers).toEqual([0, 1, 2])
  })

  test("is not parsed: a bad line is one line's trouble", async () => {
    expect((await readFile("d.jsonl", '{"a": 1}\nnot json\n{"a": 3}\n')).texts).toEqual([
      '{"a": 1}',
      "not json",
      '{"a": 3}'
    ])
  })

  test("may hold rows longer than a block", async () => {
    const long = JSON.stringify({ a: "x".repeat(3_000_000) })

    const { texts } = await readFile("d.jsonl", `{"a":1}\n${long}\n{"a":2}`)

    expect(texts.map((text) => text.length)).toEqual([7, long.length, 7])
  })

  test("with a row longer than the limit is refused, with its place", async () => {
    const folder = filesOf({ "d.jsonl": `{"a":1}\n\n{"a":"${"x".repeat(5000)}"}\n` })

    const failure = await failureOf(read({ data: join(folder, "d.jsonl") }, { maxRowBytes: 1000 }))

    expect(failure.message).toBe("d.jsonl:3: the line is longer than 1000 bytes")
  })

  test("of blank lines only, or of nothing, is no data", async () => {
    for (const content of ["", "\n\r\n \n", "\ufeff", "\n".repeat(3_000_000)]) {
      const failure = await failureOf(readFile("d.jsonl", content))
      expect([failure.code, failure.message]).toEqual([
        "EmptyInputsData",
        expect.stringMatching(/^there are no rows in 'data' \(.+d\.jsonl\)$/)
      ])
    }
  })

  test("that is sorted by line_number, with bytes that are no text, is refused with their place", async () => {
    const latin1 = Buffer.from('{"line_number": 1}\n\n{"line_number": 0, "a": "\u00fc"}\n', "latin1")
    expect((await failureOf(readFile("d.jsonl", latin1))).message).toBe(
      'd.jsonl:3: The row is not UTF-8 text: byte 0xfc at column 26, after: e_number": 0, "a": "'
    )
  })

  test("that is UTF-16 is refused", async () => {
    const utf16 = Buffer.from('\ufeff{"a": "x"}\n', "utf16le")
    expect((await failureOf(readFile("d.jsonl", utf16))).message).toBe(
      "d.jsonl:1: the file is UTF-16, only UTF-8 is read"
    )
  })

  test("tells how far it was read, and about how many rows are left", async () => {
    const folder = filesOf({ "d.jsonl": '{"a": 1}\n'.repeat(100) })
    const reader = await openRows({
      sources: { data: pathToFileURL(join(folder, "d.jsonl")) },
      baseDir: root,
      onWarning: () => {}
    })
    await reader.take(1000, 1)

    await reader.take(49, 1 << 20)

    expect([reader.totalRows, reader.readFraction, reader.remainingRows]).toEqual([undefined, 0.5, 50])
    await reader.close()
    expect(await reader.take(1, 1)).toBeUndefined()
  })
})

describe("line numbers of the data's own", () => {
  test("become the lines' numbers, in ascending order; the row is not changed", async () => {
    const { texts, lineNumbers } = await readFile("d.jsonl", '{"line_number": 20, "x": 1.0}\n{"line_number":5}\n')

    expect(lineNumbers).toEqual([5, 20])
    expect(texts).toEqual(['{"line_number":5}', '{"line_number": 20, "x": 1.0}'])
  })

  test("may be texts, as CSV has them", async () => {
    expect((await readFile("d.csv", "x,line_number\na,3\nb,1\n")).lineNumbers).toEqual([1, 3])
  })

  test("may come with rows in memory", async () => {
    expect((await read({ data: [{ line_number: 7 }, { line_number: 6 }] })).lineNumbers).toEqual([6, 7])
  })

  test.each([
    ['{"line_number": 1}\n{"line_number": 1}\n', "d.jsonl:2: line_number 1 is there twice; first in d.jsonl:1"],
    [
      '{"line_number": 1}\n\n{"x": 1}\n',
      "d.jsonl:3: the row has no line_number, but another one has (d.jsonl:1): give it to all rows or to none"
    ],
    ['{"line_number": 1.5}\n', "d.jsonl:1: line_number is 1.5, but it must be a whole number from 0 to 4294967295"],
    ['{"line_number": -1}\n', "d.jsonl:1: line_number is -1, but it must be a whole number from 0 to 4294967295"],
    [
      '{"line_number": 4294967296}\n',
      "d.jsonl:1: line_number is 4294967296, but it must be a whole number from 0 to 4294967295"
    ],
    ['{"line_number": null}\n', "d.jsonl:1: line_number is null, but it must be a whole number from 0 to 4294967295"]
  ])("that cannot be numbers of lines are refused: %s", async (content, message) => {
    expect((await failureOf(readFile("d.jsonl", content))).message).toBe(message)
  })
})

describe("a .csv file", () => {
  test("gives texts only, empty cells as empty texts", async () => {
    expect(await rowsOf(readFile("d.csv", "a,b,c\n1,NA,\nTrue, x ,1.0\n"))).toEqual([
      { a: "1", b: "NA", c: "" },
      { a: "True", b: " x ", c: "1.0" }
    ])
  })

  test("may have a byte order mark, quoted line ends, other line ends, blank lines and short rows", async () => {
    expect(await rowsOf(readFile("d.csv", '\ufeffa,b\r\n"x\ny","say ""hi"""\r\n\r\n  \r\n1\r\n'))).toEqual([
      { a: "x\ny", b: 'say "hi"' },
      { a: "1", b: "" }
    ])
    expect(await rowsOf(readFile("d.csv", "a,b\r1,2\r3,4"))).toHaveLength(2)
  })

  test("gives repeated and empty headers names", async () => {
    expect(await rowsOf(readFile("d.csv", "a,,a,a,__proto__\n1,2,3,4,5\n"))).toEqual([
      JSON.parse('{"a": "1", "Unnamed: 1": "2", "a.1": "3", "a.2": "4", "__proto__": "5"}')
    ])
  })

  test("with tabs is .tsv", async () => {
    expect(await rowsOf(readFile("d.tsv", "a\tb\n1,5\t2\n"))).toEqual([{ a: "1,5", b: "2" }])
  })

  test.each([
    ["a,b\n1,2\n1,2,3\n", "d.csv:3: the row has 3 fields, but the header names 2 columns"],
    ['a,b\n1,"x\n', "d.csv:2: a quote is not closed"]
  ])("with a mistake is refused, with its place: %s", async (content, message) => {
    expect((await failureOf(readFile("d.csv", content))).message).toContain(message)
  })

  test("that is not UTF-8 is refused", async () => {
    const latin1 = Buffer.from("a\n\u00fc\n", "latin1")
    expect((await failureOf(readFile("d.csv", latin1))).message).toBe("d.csv: the file is not UTF-8 text")
  })

  test("of a header only is no data", async () => {
    expect((await failureOf(readFile("d.csv", "a,b\n"))).code).toBe("EmptyInputsData")
  })

  test("is read in pieces", async () => {
    const rows = 30_000
    const folder = filesOf({ "d.csv": `a,b\n${"some text,another text\n".repeat(rows)}` })
    const reader = await openRows({ sources: { data: join(folder, "d.csv") }, baseDir: root, onWarning: () => {} })

    expect(reader.readFraction).toBeLessThan(1)
    expect((await takeAll(reader)).texts).toHaveLength(rows)
    expect(reader.readFraction).toBe(1)
  })
})

describe("a .json file", () => {
  test.each([
    ['\ufeff[{"a": 1}, {"b": [null]}]', [{ a: 1 }, { b: [null] }]],
    [
      '{"a": [1, 2], "b": ["x", "y"]}',
      [
        { a: 1, b: "x" },
        { a: 2, b: "y" }
      ]
    ],
    ['{"a": {"0": 1, "1": 2}, "b": {"1": 3}}', [{ a: 1 }, { a: 2, b: 3 }]]
  ])("of rows or columns gives rows: %s", async (content, rows) => {
    expect(await rowsOf(readFile("d.json", content))).toEqual(rows)
  })

  test.each(["[]", "{}", "", " \n"])("of nothing is no data: %o", async (content) => {
    expect((await failureOf(readFile("d.json", content))).code).toBe("EmptyInputsData")
  })

  test.each([
    ['{"a": 1, "b": 2}', 'd.json: the file holds one object whose "a" is a single value, not a list of rows'],
    ['{"a": [1, 2], "b": [1]}', 'd.json: the file holds columns of unequal length: "a" has 2, "b" has 1'],
    ['[{"a": 1}, 5]', "d.json: row 1: a row must be an object with a value for each column, got number 5"],
    ['"text"', 'd.json: the file holds "text", not a list of rows'],
    ['[\n  {"a": 1},\n  {"a" 2}\n]', 'd.json:3:8: not valid JSON: ":" should be here'],
    ['{"a": 1}\n{"a": 2}\n', "d.json:2:1: a second value follows the first"]
  ])("that holds no rows is refused: %s", async (content, message) => {
    expect((await failureOf(readFile("d.json", content))).message).toContain(message)
  })
})

describe("a folder", () => {
  test("gives the rows of all its files by path; hidden files are left out", async () => {
    const folder = filesOf({
      "b.jsonl": '{"n": 3}\n',
      "a/z.csv": "n\n1\n",
      "a/y.jsonl": '{"n": 0}\n',
      ".hidden.jsonl": "{}\n",
      "c.json": "[]"
    })
    symlinkSync(folder, join(folder, "loop"))

    expect(await rowsOf(read({ data: folder }))).toEqual([{ n: 0 }, { n: "1" }, { n: 3 }])
  })

  test("leaves out what is no data, and says so; what reads as JSONL is data", async () => {
    const folder = filesOf({
      "a.txt": '{"n": 1}\n',
      "logo.png": Buffer.from([137, 80, 78, 71, 255, 0]),
      "note.md": "# Hi\n",
      "e.txt": ""
    })

    const { texts, warnings } = await read({ data: folder })

    expect(texts).toEqual(['{"n": 1}'])
    expect(warnings.map((text) => text.split(" ")[0])).toEqual(["logo.png", "note.md"])
  })

  test("without rows is no data", async () => {
    expect((await failureOf(read({ data: filesOf({}) }))).code).toBe("EmptyInputsData")
  })
})

describe("a source that cannot be read", () => {
  test("because its kind is unknown is refused; one of an unknown name that reads as JSONL is read", async () => {
    const failure = await failureOf(readFile("films.xlsx", "PK\u0003\u0004 no rows at all\n"))
    const rows = await readFile("films.txt", '{"n":1}\nno row\n')

    expect([failure.code, failure.message]).toEqual([
      "InvalidUserData",
      "the data source 'data' cannot be read: films.xlsx is not .jsonl, .json, .csv or .tsv, and does not read as JSONL\n" +
        "    Save it as JSON lines (.jsonl), JSON, CSV or TSV."
    ])
    expect(rows).toBeDefined()
  })

  test("because it is not there is named, and where it was looked for", async () => {
    const failure = await failureOf(read({ data: "nowhere.jsonl" }))

    expect(failure.message).toContain(`the data source 'data' is not there: ${join(root, "nowhere.jsonl")}`)
    expect(failure.hint).toContain(root)
  })

  test("because it is no file, no rows and no iterable is told", async () => {
    expect((await failureOf(read({ data: new URL("https://example.com/d.jsonl") }))).message).toContain(
      "only files are read"
    )
    expect((await failureOf(read({ data: 5 as never }))).message).toContain("is a number, not a path")
    expect((await failureOf(read({}))).message).toBe("no data was given")
  })

  test("because it is Parquet is named as not supported yet", async () => {
    await expect(readFile("d.parquet", "PAR1")).rejects.toThrow(
      "d.parquet: reading .parquet files is not supported yet"
    )
  })
})

describe("several sources", () => {
  const outputs = '{"line_number": 1, "o": "one"}\n{"line_number": 0, "o": "zero"}\n{"line_number": 9, "o": "nine"}\n'

  test("meet by line number; rows keep their texts", async () => {
    const folder = filesOf({ "d.jsonl": '{"x": 1.0}\n{"x": 2}\n', "o.jsonl": outputs })

    const { texts, lineNumbers } = await read({ data: "d.jsonl", "run.outputs": "o.jsonl" }, { baseDir: folder })

    expect(texts).toEqual([
      '{"data": {"x": 1.0}, "run.outputs": {"line_number": 0, "o": "zero"}}',
      '{"data": {"x": 2}, "run.outputs": {"line_number": 1, "o": "one"}}'
    ])
    expect(lineNumbers).toEqual([0, 1])
  })

  test("keep the numbers that all of them have, ascending", async () => {
    const a = [{ line_number: 30 }, { line_number: 10 }, { line_number: 20 }]
    const b = [{ line_number: 10 }, { line_number: 30 }]

    expect((await read({ a, b })).lineNumbers).toEqual([10, 30])
  })

  test.each([
    [{ a: [{ x: 1 }, { x: 2 }], b: [{ y: 1 }] }, "InputMappingError", "'a' has 2, 'b' has 1"],
    [{ a: [{ x: 1 }], b: [] }, "InputMappingError", "the source 'b' has no rows"],
    [
      { a: [{ line_number: 5 }], b: [{ y: 1 }] },
      "InputMappingError",
      "no line number is in every one of the sources 'a', 'b'"
    ],
    [{ a: [], b: [] }, "EmptyInputsData", "there are no rows in 'a', 'b'"],
    [{ a: [{ line_number: 5 }, {}], b: [{ y: 1 }] }, "InvalidUserData", "row 1: the row has no line_number"]
  ])("that do not fit are refused: %o", async (sources, code, message) => {
    const failure = await failureOf(read(sources))

    expect(failure.code).toBe(code)
    expect(failure.message).toContain(message)
  })
})

describe("rows in memory", () => {
  test("are written as JSON would, NaN kept", async () => {
    const rows = [{ a: undefined, d: new Date(0), n: Number.NaN, i: [Infinity] }, JSON.parse('{"__proto__": null}')]

    expect((await read({ data: rows })).texts).toEqual([
      '{"d": "1970-01-01T00:00:00.000Z", "n": NaN, "i": [Infinity]}',
      '{"__proto__": null}'
    ])
  })

  test("tell their number before the end", async () => {
    const reader = await openRows({ sources: { data: [{ a: 1 }, { a: 2 }] }, baseDir: root, onWarning: () => {} })

    expect([reader.totalRows, reader.remainingRows, reader.readFraction]).toEqual([2, 2, undefined])
    expect(reader.firstRow).toEqual({ a: 1 })
  })

  const circular: Record<string, unknown> = {}
  circular.self = circular

  test.each<readonly [unknown, string]>([
    [5, "row 1: a row must be an object with a value for each column, got number 5"],
    [null, "row 1: a row must be an object with a value for each column, got null"],
    [[1], "row 1: a row must be an object with a value for each column, got a list"],
    ["text", 'row 1: a row must be an object with a value for each column, got the text "text"'],
    [new Map(), "row 1: a row must be an object with a value for each column, got a Map"],
    [new Date(0), 'row 1: a row must be an object, but its toJSON gave "1970-01-01T00:00:00.000Z"'],
    [circular, "row 1: the row cannot be written as JSON: Converting circular structure to JSON"],
    [{ big: 1n }, "row 1: the row cannot be written as JSON: Do not know how to serialize a BigInt"]
  ])("that are no rows are refused, with their index: %o", async (row, message) => {
    expect((await failureOf(read({ data: [{ a: 1 }, row as never] }))).message).toBe(message)
    expect((await failureOf(read({ data: new Set([{ a: 1 }, row]) }))).message).toBe(message)
  })
})

describe("an iterable", () => {
  async function* numbers(count: number, log: string[] = []) {
    try {
      for (let n = 0; n < count; n++) {
        log.push(`made ${n}`)
        yield { n }
      }
    } finally {
      log.push("ended")
    }
  }

  test("is pulled no further than asked (O1), and ended when the reader closes", async () => {
    const log: string[] = []
    const reader = await openRows({ sources: { data: numbers(1000, log) }, baseDir: root, onWarning: () => {} })
    await reader.take(10, 1 << 20)

    await reader.take(3, 1 << 20)
    await reader.close()

    expect(log).toEqual(["made 0", "made 1", "made 2", "made 3", "ended"])
  })

  test("that is slow is not waited for once there is a row (O2)", async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = (async function* () {
      yield { n: 0 }
      yield { n: 1 }
      await gate
      yield { n: 2 }
    })()
    const reader = await openRows({ sources: { data: slow }, baseDir: root, onWarning: () => {} })
    await reader.take(10, 1 << 20)

    const second = await reader.take(10, 1 << 20)
    release()
    const third = await reader.take(10, 1 << 20)

    expect([second?.count, third?.count]).toEqual([1, 1])
  })

  test("that throws lets its error through", async () => {
    const failing = (function* () {
      yield { n: 0 }
      throw new Error("no more")
    })()

    await expect(read({ data: failing })).rejects.toThrow("no more")
  })

  test("may be synchronous", async () => {
    expect((await read({ data: [{ n: 1 }].values() })).texts).toEqual(['{"n":1}'])
  })
})

describe("a limit on lines", () => {
  test("takes the first rows and warns that there are more", async () => {
    const { texts, warnings } = await read({ data: [{ n: 0 }, { n: 1 }, { n: 2 }] }, { maxLines: 2 })

    expect(texts).toHaveLength(2)
    expect(warnings).toEqual(["data: only the first 2 rows are taken, there are more"])
  })

  test("that is not reached says nothing", async () => {
    expect((await read({ data: [{ n: 0 }] }, { maxLines: 1 })).warnings).toEqual([])
  })
})

import { describe, expect, test } from "vitest"
import { aFolder } from "../testing/index.ts"
import { openRows } from "./read-chunks.ts"
import { rowText } from "./row-text.ts"

/** What pandas' rows are, as JSON texts. Expected values were read off promptflow 1.18.5 with pandas 2.3. */
async function throughPandas(text: string, name = "rows.jsonl"): Promise<readonly string[]> {
  const folder = aFolder({ [name]: text })
  const rows = await openRows({ sources: { data: name }, baseDir: folder, isPandas: true, onWarning: () => {} })
  const texts: string[] = []
  for (let chunk = await rows.take(100, 1 << 20); chunk !== undefined; chunk = await rows.take(100, 1 << 20)) {
    for (let i = 0; i < chunk.count; i++) texts.push(rowText(chunk, i))
  }
  await rows.close()
  return texts
}

describe("rows as promptflow's loader has them", () => {
  test.each([
    ["a null in a column of integers", '{"a":1}\n{"a":null}\n', ['{"a": 1.0}', '{"a": NaN}']],
    ["keys of some rows only", '{"a":1}\n{"b":2}\n', ['{"a": 1.0, "b": NaN}', '{"a": NaN, "b": 2.0}']],
    ["integers and floats", '{"a":1}\n{"a":2.5}\n', ['{"a": 1.0}', '{"a": 2.5}']],
    [
      "a null among booleans or texts",
      '{"a":true,"b":"x"}\n{"a":null,"b":null}\n',
      ['{"a": true, "b": "x"}', '{"a": null, "b": null}']
    ],
    ["a gap among booleans", '{"a":true}\n{"b":1}\n', ['{"a": true, "b": NaN}', '{"a": NaN, "b": 1.0}']],
    ["texts and numbers", '{"a":"x"}\n{"a":1.5}\n{"a":2}\n', ['{"a": "x"}', '{"a": 1.5}', '{"a": 2}']],
    [
      "lists and maps",
      '{"a":[0.3,1.0,3],"m":{"k":null}}\n{}\n',
      ['{"a": [0.30000000000000004, 1.0, 3], "m": {"k": null}}', '{"a": NaN, "m": NaN}']
    ],
    ["only nulls", '{"a":null}\n{"a":null}\n', ['{"a": null}', '{"a": null}']],
    ["nulls and gaps", '{"a":null}\n{"b":"x"}\n', ['{"a": NaN, "b": NaN}', '{"a": NaN, "b": "x"}']],
    [
      "whole floats and exponents",
      '{"a":1.0,"b":1e2,"c":0.7,"d":1.14}\n',
      ['{"a": 1.0, "b": 100.0, "c": 0.7000000000000001, "d": 1.1400000000000001}']
    ],
    ["large integers", '{"a":9223372036854775808}\n', ['{"a": 9223372036854775808}']],
    ["blank lines and a last comma", '{"a":1,}\n\n{"a":2}\n', ['{"a": 1}', '{"a": 2}']],
    [
      "dates",
      '{"date":"2024-01-02"}\n{"date":"2024-01-03T10:00:00"}\n',
      ['{"date": "2024-01-02 00:00:00"}', '{"date": "2024-01-03 10:00:00"}']
    ],
    ["dates of a zone", '{"date":"2024-01-02T03:04:05Z"}\n', ['{"date": "2024-01-02 03:04:05+00:00"}']],
    [
      "no dates after all",
      '{"date":"2024-01-02"}\n{"date":"hello"}\n',
      ['{"date": "2024-01-02"}', '{"date": "hello"}']
    ],
    ["seconds since 1970", '{"created_at":1700000000}\n', ['{"created_at": "2023-11-14 22:13:20"}']],
    ["milliseconds since 1970", '{"created_at":1700000000000}\n', ['{"created_at": "2023-11-14 22:13:20"}']],
    [
      "small numbers under a date's name",
      '{"created_at":5}\n{"created_at":1700000000}\n',
      ['{"created_at": 5}', '{"created_at": 1700000000}']
    ],
    ["other values under a date's name", '{"date":true}\n', ['{"date": true}']]
  ])("%s", async (_, text, expected) => {
    expect(await throughPandas(text)).toEqual(expected)
  })

  test("JSON files go the same way, CSV files stay as they are", async () => {
    expect(await throughPandas('[{"a":1},{"a":null}]', "rows.json")).toEqual(['{"a": 1.0}', '{"a": NaN}'])
    expect(await throughPandas("a,date\n1,2024-01-02\n,\n", "rows.csv")).toEqual([
      '{"a":"1","date":"2024-01-02"}',
      '{"a":"","date":""}'
    ])
  })

  test("an integer of more than 64 bits is refused with its place", async () => {
    await expect(throughPandas('{"a":1}\n{"a":18446744073709551616}\n')).rejects.toThrow(
      "rows.jsonl:2: the integer 18446744073709551616 has more than 64 bits"
    )
  })
})

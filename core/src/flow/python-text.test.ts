import { expect, test } from "vitest"
import { IssueList } from "./issue-list.ts"
import { parseYaml } from "./parse-yaml.ts"
import { pythonFloat, pythonJson } from "./python-text.ts"

test("floats are written as Python's repr writes them", () => {
  const numbers = [1, -0, 1.5, 1e15, 1e16, 1.5e300, 0.0001, 0.00001, 5e-324, Number.NaN, -Infinity]

  expect(numbers.map(pythonFloat)).toEqual([
    "1.0",
    "-0.0",
    "1.5",
    "1000000000000000.0",
    "1e+16",
    "1.5e+300",
    "0.0001",
    "1e-05",
    "5e-324",
    "nan",
    "-inf"
  ])
})

test("lists and maps are written as json.dumps writes them", () => {
  const value = parseYaml(
    '{a: [1, 1.0, True, ~, .nan, "é\\n😀"], "__proto__": 98765432109876543210}',
    "f",
    new IssueList()
  )

  expect(pythonJson(value!)).toBe(
    '{"a": [1, 1.0, true, null, NaN, "\\u00e9\\n\\ud83d\\ude00"], "__proto__": 98765432109876543210}'
  )
})

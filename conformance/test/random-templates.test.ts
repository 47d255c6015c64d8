// That the recorded templates are those of the grammar; what ours makes of them is tested beside the renderer.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { templateCases } from "../src/templates/template.ts"

const recorded = new URL("../../executors/src/prompt/jinja-grammar-cases.json", import.meta.url)

test("the records are of the templates that the grammar makes", () => {
  const { cases } = JSON.parse(readFileSync(recorded, "utf8")) as { cases: ReadonlyArray<{ template: string }> }

  expect(cases.map(({ template }) => template)).toEqual(templateCases().map(({ template }) => template))
})

test("every construct of the grammar occurs in at least 30 templates", () => {
  const templates = templateCases().map(({ template }) => template)
  const constructs = {
    filter: /\| ?\w/,
    loop: /\{%-? for /,
    condition: /\{%-? if /,
    macro: /\{%-? macro /,
    "whitespace control": /\{[{%#]-|-[}%#]\}/,
    undefined: /\bmissing\b/
  }
  const counts = Object.entries(constructs).map(([name, shape]) => [
    name,
    templates.filter((each) => shape.test(each)).length
  ])
  console.log(Object.fromEntries(counts))

  expect(counts.filter(([, count]) => Number(count) < 30)).toEqual([])
})

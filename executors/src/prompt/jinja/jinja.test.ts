// Replays what Jinja2 itself made of each template (see ../record-jinja-cases.py): those of ../jinja-cases.json, written
// for what they show, and those of ../jinja-grammar-cases.json, which a grammar made at random.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { compileTemplate, JinjaError } from "./index.ts"

interface Failure {
  readonly type: string
  readonly message: string
  readonly line: number
}

interface Case {
  readonly name: string
  readonly template: string
  readonly inputs: Record<string, unknown>
  readonly variables?: readonly string[]
  readonly expected?: string
  readonly error?: Failure
  readonly loadError?: Failure
}

const casesIn = (file: string): readonly Case[] =>
  (JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")) as { cases: readonly Case[] }).cases

const grown = casesIn("jinja-grammar-cases.json")

test("the grammar made at least 500 templates, all different", () => {
  expect(new Set(grown.map(({ template }) => template)).size).toBeGreaterThanOrEqual(500)
})

test.each([...casesIn("jinja-cases.json"), ...grown])(
  "$name gives what Jinja2 gives",
  ({ name: _, template, inputs, ...expected }) => {
    expect(outcome(template, inputs)).toEqual(expected)
  }
)

function outcome(source: string, inputs: Record<string, unknown>) {
  try {
    const template = compileTemplate(source)
    const { variables } = template
    try {
      return { variables, expected: template.render(inputs) }
    } catch (error) {
      return { variables, error: failure(error) }
    }
  } catch (error) {
    return { loadError: failure(error) }
  }
}

function failure(error: unknown): Failure {
  if (!(error instanceof JinjaError)) throw error
  return { type: error.type, message: error.message, line: error.line! }
}

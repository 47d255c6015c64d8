// A `.prompty` file as text: the yaml in front, with places, and the template behind it. What the yaml means is for
// others: `compile-prompty.ts` (the flow), the executor (the call).

import type { IssueList } from "./issue-list.ts"
import { parseYaml } from "./parse-yaml.ts"
import { asMap } from "./read-fields.ts"
import type { YamlMap } from "./yaml-value.ts"

export interface PromptyParts {
  readonly front: YamlMap
  readonly template: string
  /** 1-based line of the file on which the template begins. */
  readonly templateLine: number
}

/** The last run of dashes that ends a line divides the file, as in promptflow: one in the template moves the divider. */
const DIVIDED = /-{3,}\n(.*)-{3,}\n(.*)/s

/** @param file the name that places carry */
export function readPrompty(text: string, file: string, issues: IssueList): PromptyParts | undefined {
  const unix = text.replace(/\r\n?/g, "\n")
  const match = DIVIDED.exec(unix)
  if (match === null) {
    issues.add(
      "UserErrorException",
      "a prompty begins with yaml between two lines of '---', and its template follows",
      { file, line: 1, column: 1 },
      "write '---', the model and the inputs, '---', and then the prompt"
    )
    return undefined
  }
  const [, yaml = "", template = ""] = match
  const front = unix.indexOf("\n", match.index) + 1
  const value = parseYaml("\n".repeat(lineOf(unix, front) - 1) + yaml, file, issues)
  const map = value && asMap(value, "the front matter of a prompty", issues)
  return map && { front: map, template, templateLine: lineOf(unix, unix.length - template.length) }
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

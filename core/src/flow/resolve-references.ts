// `${env:NAME}` and `${file:path}` in the front matter of a prompty and in the sample of a flex flow. What they stand for
// may be a secret: it is looked up where it is used, and stands in no plan. Loads in a thread.

import { existsSync, readFileSync } from "node:fs"
import { extname, isAbsolute, join } from "node:path"
import { IssueList } from "./issue-list.ts"
import { parseYaml } from "./parse-yaml.ts"
import { toPlain } from "./yaml-value.ts"

/** A file that is referred to is missing, or cannot be read. */
export class BrokenReference extends Error {
  override readonly name = "BrokenReference"
}

/** promptflow's pattern: anchored at the start only, up to the last brace. */
const REFERENCE = /^\$\{(\w+):(.*)\}/

/**
 * The value with every text that is a reference replaced, at any depth. A variable that is not set leaves its text.
 *
 * @param folder relative files start here
 * @throws {BrokenReference}
 */
export function resolveReferences(
  value: unknown,
  folder: string,
  env: Readonly<Record<string, string | undefined>>
): unknown {
  if (typeof value === "string") return resolveReference(value, folder, env)
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, folder, env))
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolveReferences(member, folder, env)]))
}

function resolveReference(text: string, folder: string, env: Readonly<Record<string, string | undefined>>): unknown {
  const [, kind, word = ""] = REFERENCE.exec(text) ?? []
  if (kind === "env") return env[word] ?? text
  return kind === "file" ? fileContent(word, folder) : text
}

/** What a JSON or yaml file says; the text of any other. */
function fileContent(word: string, folder: string): unknown {
  const path = isAbsolute(word) ? word : join(folder, word)
  if (!existsSync(path)) throw new BrokenReference(`Cannot find the reference file ${word}.`)
  try {
    const content = readFileSync(path, "utf8")
    const ending = extname(path).toLowerCase()
    if (ending === ".json") return JSON.parse(content)
    return ending === ".yml" || ending === ".yaml" ? plainYaml(content, word) : content
  } catch (error) {
    throw new BrokenReference(`The reference file ${word} cannot be read: ${(error as Error).message}`)
  }
}

function plainYaml(text: string, file: string): unknown {
  const issues = new IssueList()
  const value = parseYaml(text, file, issues)
  const plain = value && toPlain(value, issues, { dates: "text" })
  const [issue] = issues.issues
  if (issue === undefined) return plain
  throw new Error(`${issue.place.line}:${issue.place.column}: ${issue.message}`)
}

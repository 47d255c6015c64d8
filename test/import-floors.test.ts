// The floors of the house, held by reading the import lines: who may import whom, what a worker thread loads, and which
// parts of Effect the core stands on. pnpm already refuses what a package does not list.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const PACKAGES = [
  "core",
  "executors",
  "storage",
  "adapters/azure",
  "adapters/mlflow",
  "cli",
  "bench",
  "conformance",
  "examples"
]
const SKIPPED = new Set([
  "node_modules",
  "dist",
  ".git",
  ".venv",
  "__pycache__",
  ".runs",
  ".promptflow",
  ".throughline"
])

interface Import {
  readonly from: string
  /** `import type` and `export type`: gone at run time. Inline `type` words leave an import that loads. */
  readonly isType: boolean
  readonly names: string
}

interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      yield path
      yield* walk(path)
    } else yield path
  }
}

const slashed = (path: string) => relative(root, path).split(sep).join("/")

/** Texts and comments emptied, so that a word in one of them is no code. Import texts are read before. */
const withoutWords = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, (word) =>
    word.startsWith("/") ? "" : '""'
  )

function importsOf(text: string): Import[] {
  const found: Import[] = []
  for (const [, type, names = "", from] of text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?((?:[\w*\s,]|\{[^}]*\})*?)\s*from\s+"([^"]+)"/gm
  )) {
    found.push({ from: from!, isType: type !== undefined, names })
  }
  for (const [, from] of text.matchAll(/^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)(?!\.)/gm)) {
    if (from !== undefined) found.push({ from, isType: false, names: "" })
  }
  for (const [, from] of text.matchAll(/(?<!typeof )\bimport\("([^"]+)"\)(?!\s*\.\s*[A-Z])/g)) {
    found.push({ from: from!, isType: false, names: "" })
  }
  return found
}

const everything = [...walk(root)]
const sources: readonly SourceFile[] = everything
  .filter((path) => path.endsWith(".ts") && PACKAGES.some((name) => slashed(path).startsWith(`${name}/`)))
  .map((path) => {
    const text = readFileSync(path, "utf8")
    return { path: slashed(path), text, imports: importsOf(text) }
  })

const isTest = (path: string) => /\.(test|prop\.test|suite|testkit)\.ts$/.test(path) || /(^|\/)test\//.test(path)
const isTesting = (path: string) => isTest(path) || path.startsWith("core/src/testing/")

/** Where an import leads: a path relative to the root for ours by file, else the name as it stands. */
function target({ path }: SourceFile, { from }: Import): string {
  return from.startsWith(".") ? slashed(resolve(root, dirname(path), from)) : from
}

/** The imports of these files that the rule refuses, as `file → target`. */
function refused(files: (path: string) => boolean, allows: (target: string, file: SourceFile) => boolean): string[] {
  return sources
    .filter(({ path }) => files(path))
    .flatMap((file) => file.imports.map((line) => ({ file, to: target(file, line) })))
    .filter(({ file, to }) => !to.startsWith("node:") && !allows(to, file))
    .map(({ file, to }) => `${file.path} → ${to}`)
}

const under =
  (...folders: readonly string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder))
const source =
  (...folders: readonly string[]) =>
  (path: string) =>
    under(...folders)(path) && !isTesting(path)

describe("inside core", () => {
  const floor = (folder: string, own: readonly string[], others: (to: string) => boolean) =>
    refused(source(`core/src/${folder}/`), (to) => under(...own.map((name) => `core/src/${name}/`))(to) || others(to))
  const never = () => false

  test("contracts import nothing of ours, and of others only effect/Data, for errors.ts", () => {
    expect(floor("contracts", ["contracts"], (to) => to === "effect/Data")).toEqual([])
    const withEffect = sources.filter(
      ({ path, imports }) =>
        path.startsWith("core/src/contracts/") && imports.some(({ from }) => from.startsWith("effect"))
    )
    expect(withEffect.map(({ path }) => path)).toEqual(["core/src/contracts/errors.ts"])
  })

  test("flow imports contracts; data also flow; walk also data: never upwards, and no Effect", () => {
    expect(floor("flow", ["contracts", "flow"], (to) => to === "yaml")).toEqual([])
    expect(floor("data", ["contracts", "flow", "data"], (to) => to === "csv-parse")).toEqual([])
    expect(floor("walk", ["contracts", "flow", "data", "walk"], never)).toEqual([])
  })

  test("line imports the floors below it, and batch line", () => {
    const effect = (to: string) => to.startsWith("effect/")
    expect(floor("line", ["contracts", "flow", "data", "walk", "line"], effect)).toEqual([])
    expect(
      floor(
        "batch",
        ["contracts", "flow", "data", "walk", "line", "batch"],
        (to) => effect(to) || to === "core/src/runtime.ts"
      )
    ).toEqual([])
  })

  test("contracts/index.ts, which threads load, does not load errors.ts", () => {
    const index = sources.find(({ path }) => path === "core/src/contracts/index.ts")!
    expect(index.imports.map(({ from }) => from)).not.toContain("./errors.ts")
  })

  test("only tests and testing import testing", () => {
    expect(refused(source("core/src/"), (to) => !to.startsWith("core/src/testing/"))).toEqual([])
  })

  test("nothing imports executors, storage or the command, not even a test", () => {
    const isOther = (to: string) =>
      /^(@throughline\/(executors|storage)|throughline)(\/|$)/.test(to) || under("executors/", "storage/", "cli/")(to)
    expect(refused(under("core/"), (to) => !isOther(to))).toEqual([])
  })

  test("every module of Effect that it stands on is stable, and so is what it names of it", () => {
    const require = createRequire(join(root, "core/package.json"))
    const folder = dirname(require.resolve("effect/package.json"))
    const unstable = sources
      .filter(({ path }) => source("core/src/")(path))
      .flatMap(({ path, imports }) =>
        imports.filter(({ from }) => from.startsWith("effect")).map((line) => ({ path, ...line }))
      )
      .filter(({ from }) => {
        const declaration = join(folder, "dist", `${from.replace(/^effect\//, "")}.d.ts`)
        if (!existsSync(declaration)) return true
        const tags = readFileSync(declaration, "utf8").match(/@stability (\w+)/g) ?? []
        const stable = tags.filter((tag) => tag.endsWith(" stable")).length
        return stable === 0 || stable < 0.9 * tags.length
      })
    expect(unstable.map(({ path, from }) => `${path} → ${from}`)).toEqual([])
  })
})

describe("between packages", () => {
  const CORE_OF_PLUGINS = /^@throughline\/core\/(contracts|errors|flow|flow\/thread|data|data\/thread|walk)$/
  const TESTING = "@throughline/core/testing"

  test.each(["executors", "storage"])("%s imports the named subpaths of core and never a package beside it", (name) => {
    const allows = (to: string, { path }: SourceFile) => {
      if (to.startsWith(`${name}/`) || to === `@throughline/${name}`) return true
      if (to.startsWith("@throughline/")) return CORE_OF_PLUGINS.test(to) || (to === TESTING && isTest(path))
      return !under("core/", "executors/", "storage/", "cli/", "bench/", "examples/")(to) && to !== "throughline"
    }
    expect(refused(under(`${name}/`), allows)).toEqual([])
  })

  test("adapters import core's public index and contracts, never each other", () => {
    const allows = (to: string, { path }: SourceFile) => {
      const own = path.split("/").slice(0, 2).join("/")
      if (to.startsWith(`${own}/`)) return true
      return to.startsWith("@throughline/")
        ? /^@throughline\/core(\/contracts)?$/.test(to)
        : !/^(core|executors|storage|adapters|cli)\//.test(to)
    }
    expect(refused(under("adapters/"), allows)).toEqual([])
  })

  test("no package reaches into another by a path", () => {
    const home = (path: string) => PACKAGES.find((name) => path.startsWith(`${name}/`))
    const reaches = sources.flatMap((file) =>
      file.imports
        .filter(({ from }) => from.startsWith("."))
        .map((line) => target(file, line))
        .filter((to) => home(to) !== home(file.path))
        // Examples are fixtures: whoever shows one may run it.
        .filter((to) => home(to) !== "examples")
        .map((to) => `${file.path} → ${to}`)
    )
    expect(reaches).toEqual([])
  })

  test("effect is core's alone", () => {
    const uses = sources.filter(
      ({ path, imports }) =>
        !path.startsWith("core/") && imports.some(({ from }) => /^(@effect\/|effect(\/|$))/.test(from))
    )
    expect(uses.map(({ path }) => path)).toEqual([])
  })
})

test("a worker thread never loads Effect, nor a reader of files it does not read", () => {
  const exported = JSON.parse(readFileSync(join(root, "core/package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>
  }
  const byPath = new Map(sources.map((file) => [file.path, file]))
  const seen = new Set<string>()
  const outside = new Set<string>()
  const load = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const file = byPath.get(path)
    if (file === undefined) throw new Error(`${path} is imported and not there`)
    for (const line of file.imports) {
      if (line.isType) continue
      const to = target(file, line)
      const subpath = /^@throughline\/core(\/.*)?$/.exec(to)
      if (subpath !== null) load(`core/${exported.exports[`.${subpath[1] ?? ""}`]!.replace("./", "")}`)
      else if (line.from.startsWith(".")) load(to)
      else if (!to.startsWith("node:")) outside.add(to)
    }
  }

  load("executors/src/worker/lane.ts")

  expect([...outside].sort()).toEqual(["acorn", "eventsource-parser", "msgpackr/pack", "undici", "yaml"])
  expect([...seen].filter((path) => /errors\.ts$/.test(path) && path.startsWith("core/"))).toEqual([])
  expect(seen.has("executors/src/javascript/tool-host.ts")).toBe(true)
})

describe("the house", () => {
  test("has no folder that is called utils, common, helpers or types", () => {
    const vague = everything.filter(
      (path) => /^(utils?|commons?|helpers?|types|misc|shared)$/.test(basename(path)) && !basename(path).includes(".")
    )
    expect(vague.map(slashed).filter((path) => PACKAGES.some((name) => path.startsWith(`${name}/`)))).toEqual([])
  })

  test("has no `any`", () => {
    const found = sources.filter(({ text }) => /(:|\bas|[<,|&(])\s*any\b(?!\s*[=.(])/.test(withoutWords(text)))
    expect(found.map(({ path }) => path)).toEqual([])
  })

  test("is named in kebab case", () => {
    const odd = sources.filter(({ path }) => !/^_?[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(basename(path)))
    expect(odd.map(({ path }) => path)).toEqual([])
  })
})

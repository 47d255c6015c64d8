import { describe, expect, test } from "vitest"
import { ExecutorMissing } from "../contracts/errors.ts"
import { defineExecutor } from "../contracts/index.ts"
import { aPlan } from "../testing/builders.ts"
import { aNode } from "../testing/line-builders.ts"
import { checkExecutors, chooseExecutor, lineLanguagesOf, nodeTypesOf } from "./choose-executor.ts"

const open = () => Promise.reject(new Error("not opened in this test"))
const host = (name: string) => ({ module: `file:///${name}.mjs`, options: {} })
const javascript = defineExecutor({
  language: "javascript",
  hosts: { javascript: host("js"), prompt: host("js-prompt") },
  open
})
const python = defineExecutor({ language: "python", hosts: { python: host("py"), prompt: host("py-prompt") }, open })
const java = defineExecutor({ language: "java", open })
const planOf = (types: readonly string[], language = "python") =>
  aPlan({
    language,
    nodes: types.map((type, at) =>
      aNode({ name: `n${at}`, type, place: { file: "flow.dag.yaml", line: at + 1, column: 3 } })
    )
  })

describe("the executor of a flow", () => {
  test("is the one for whole lines of its language, before any other", () => {
    expect(chooseExecutor(planOf(["python"], "java"), [python, java])).toEqual({ definition: java, hosts: {} })
  })

  test("is the first listed of those its nodes need, with the hosts of all of them", () => {
    const chosen = chooseExecutor(planOf(["python", "javascript"]), [java, javascript, python])

    expect(chosen.definition).toBe(javascript)
    expect(chosen.hosts).toEqual({ python: host("py"), javascript: host("js") })
  })

  test("runs a type that two of them run on the first listed", () => {
    expect(chooseExecutor(planOf(["prompt"]), [python, javascript]).hosts).toEqual({ prompt: host("py-prompt") })
    expect(chooseExecutor(planOf(["prompt"]), [javascript, python]).hosts).toEqual({ prompt: host("js-prompt") })
  })

  test("is not one that is registered but not needed", () => {
    expect(chooseExecutor(planOf(["python"]), [javascript, python]).definition).toBe(python)
  })

  test("of a flow without nodes is the first that runs nodes", () => {
    expect(chooseExecutor(planOf([]), [java, python]).definition).toBe(python)
  })

  test("that is missing is named with the node's type, its place and what there is", () => {
    const choose = () => chooseExecutor(planOf(["python", "ruby"]), [javascript, python])

    expect(choose).toThrow(ExecutorMissing)
    expect(choose).toThrow(
      "flow.dag.yaml:2:3: no executor for nodes of type 'ruby'; this runtime has: javascript, python"
    )
  })

  test("that is missing for a flow without nodes is named with the language", () => {
    expect(() => chooseExecutor(planOf([], "csharp"), [])).toThrow(
      "no executor for flows in the language 'csharp'; this runtime has: none"
    )
  })
})

test("the node types and the line languages are those of all executors", () => {
  expect(nodeTypesOf([javascript, python, java])).toEqual(["javascript", "prompt", "python"])
  expect(lineLanguagesOf([javascript, python, java])).toEqual(["java"])
})

test("a language that is listed twice is refused by name", () => {
  expect(() => checkExecutors([java, python, java])).toThrow("executors: 'java' is listed twice")
})

describe("defineExecutor", () => {
  test("makes a line executor of one without hosts, a node executor of one with", () => {
    expect(java.supports).toEqual({ lines: true, aggregation: true })
    expect(python.supports).toEqual({ lines: false, aggregation: true })
  })

  test.each([
    [{ language: "", open }, 'language must be a word such as "java", got ""'],
    [{ language: "my java", open }, 'got "my java"'],
    [{ language: "java", open: undefined }, 'defineExecutor("java"): open must be a function'],
    [
      { language: "java", open, hosts: { java: { module: "./host.js", options: 1 } } },
      'hosts.java.module must be a file: URL, got "./host.js"'
    ]
  ])("refuses %j and names the field", (definition, message) => {
    expect(() => defineExecutor(definition as Parameters<typeof defineExecutor>[0])).toThrow(message)
  })
})

import { writeFileSync } from "node:fs"
import path from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { InvalidFlow } from "../contracts/errors.ts"
import { IssueList } from "./issue-list.ts"
import { checkFlow, loadFlow } from "./load-flow.ts"
import { parseYaml } from "./parse-yaml.ts"
import { aFlowFolder } from "./temp-flow.testkit.ts"

/** Pieces that flow files are made of, in any order: most are wrong in many ways. */
const flowText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."nodes:|outputs:|inputs:|- name: a|- name: __proto__|  type: python|  source: {path: a.py}|  activate: {when: x}".split(
          "|"
        ),
        ..."  inputs: {x: ${a}}|  inputs: {x: '${a.output}'}|  x: {type: int}|---|a: *x|&x|<<: *x|{{x}}|\t|%YAML 1.1|!!str".split(
          "|"
        ),
        ..."node_variants: {a: {variants: {v: {}}}}|  use_variants: true|environment_variables: {A: 2024-01-01}|entry: x".split(
          "|"
        )
      ),
      fc.string({ unit: fc.constantFrom(..."ab:-{}[]\"'&*!%#|>?\n ,\t") })
    ),
    { maxLength: 12 }
  )
  .map((pieces) => pieces.join("\n"))

test("any text gives a plan or InvalidFlow, and every issue has a place inside the file (L1, Y1, Y2)", () => {
  const folder = aFlowFolder({ flow: "", "a.py": "" })
  const file = path.join(folder, "flow.dag.yaml")

  fc.assert(
    fc.property(fc.oneof(flowText, fc.string({ unit: "binary" })), (text) => {
      writeFileSync(file, text)
      const options = { nodeTypes: ["python"] }

      const { issues, warnings, plan } = checkFlow(folder, options)

      const written = Buffer.from(text).toString()
      const lines = written.replace(/^\ufeff/, "").split("\n")
      for (const { place } of [...issues, ...warnings]) {
        expect(place.file).toBe("flow.dag.yaml")
        expect(place.line).toBeGreaterThanOrEqual(1)
        expect(place.line).toBeLessThanOrEqual(lines.length)
        expect(place.column).toBeGreaterThanOrEqual(1)
        expect(place.column).toBeLessThanOrEqual(lines[place.line - 1]!.length + 1)
      }
      if (plan === undefined) expect(() => loadFlow(folder, options)).toThrow(InvalidFlow)
      else expect(loadFlow(folder, options)).toEqual(plan)
    }),
    { numRuns: 500 }
  )
})

test("what JSON can hold is read back as it was (Y2)", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const issues = new IssueList()

      const parsed = parseYaml(JSON.stringify(value), "flow.dag.yaml", issues)

      expect(issues.issues.filter((issue) => issue.code !== "NotSupportedYet")).toEqual([])
      expect(parsed?.kind === "map" ? [...parsed.entries.keys()].sort() : []).toEqual(Object.keys(value).sort())
    })
  )
})

/** For each node, the earlier nodes (of some hidden order) that it refers to. */
const acyclicGraph = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.record({
    order: fc.shuffledSubarray(
      Array.from({ length: count }, (_, index) => index),
      { minLength: count }
    ),
    edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 })
  })
)

test("a node stands after everything it depends on, and no later node of the file could have come first (T1)", () => {
  const folder = aFlowFolder({ flow: "" })
  const file = path.join(folder, "flow.dag.yaml")

  fc.assert(
    fc.property(acyclicGraph, ({ order, edges }) => {
      const rank = new Map(order.map((node, index) => [node, index]))
      const forward = edges.filter(([from, to]) => rank.get(from)! < rank.get(to)!)
      const names = order.map((_, index) => `n${index}`)
      const lines = names.map((name, index) => {
        const inputs = forward.filter(([, to]) => to === index).map(([from], i) => `x${i}: "\${n${from}}"`)
        return `- {name: ${name}, type: any, inputs: {${inputs.join(", ")}}}`
      })
      writeFileSync(file, `language: any\nnodes:\n${lines.join("\n")}\n`)

      const { nodes } = loadFlow(folder, { nodeTypes: [], lineLanguages: ["any"] })

      expect(nodes.map((node) => node.name).sort()).toEqual([...names].sort())
      const fileIndex = (index: number) => names.indexOf(nodes[index]!.name)
      for (const [index, node] of nodes.entries()) {
        expect(node.dependencies.every((dependency) => dependency < index)).toBe(true)
        const couldHaveBeen = nodes
          .slice(index)
          .filter((other) => other.dependencies.every((dependency) => dependency < index))
          .map((other) => names.indexOf(other.name))
        expect(Math.min(...couldHaveBeen)).toBe(fileIndex(index))
      }
    })
  )
})

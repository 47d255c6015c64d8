// A random DAG as a flow folder, its tools in Python or in JavaScript: the same results from both.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Job } from "../outcome.ts"
import type { Dag, DagNode, ToolName } from "./dag.ts"

type Language = "python" | "javascript"

/** Writes the flow and its data, and gives the job that runs them. JSON is YAML: the flow file is written as JSON. */
export function writeDag(dag: Dag, folder: string, language: Language): Job {
  mkdirSync(folder, { recursive: true })
  const flow = {
    inputs: { x: { type: "int" }, y: { type: "int" }, d: { type: "int", default: 7 } },
    outputs: Object.fromEntries(
      Object.entries(dag.outputs).map(([name, reference]) => [name, { type: "string", reference }])
    ),
    nodes: dag.nodes.map((node) =>
      node.variant === undefined ? definition(node, language) : { name: node.name, use_variants: true }
    ),
    node_variants: Object.fromEntries(
      dag.nodes.filter(({ variant }) => variant !== undefined).map((node) => [node.name, variants(node, language)])
    )
  }
  writeFileSync(join(folder, "flow.dag.yaml"), JSON.stringify(flow, null, 2))
  for (const { tool } of dag.nodes) writeFileSync(join(folder, fileOf(tool, language)), TOOLS[tool][language])
  const data = join(folder, "data.jsonl")
  writeFileSync(data, dag.rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  return {
    flow: folder,
    data: { data },
    ...(dag.chosen === undefined ? {} : { sdk: true, variant: `\${${dag.chosen}.v1}` })
  }
}

const fileOf = (tool: ToolName, language: Language): string => `${tool}.${language === "python" ? "py" : "mjs"}`

function definition({ name, tool, inputs, activate, aggregation }: DagNode, language: Language) {
  return {
    name,
    type: language,
    source: { type: "code", path: fileOf(tool, language) },
    inputs,
    ...(activate === undefined ? {} : { activate }),
    ...(aggregation === undefined ? {} : { aggregation })
  }
}

function variants(node: DagNode, language: Language) {
  const { name: _, ...own } = definition(node, language)
  return {
    default_variant_id: "v0",
    variants: { v0: { node: own }, v1: { node: { ...own, inputs: node.variant } } }
  }
}

const python = (signature: string, body: string): string =>
  `from promptflow.core import log_metric, tool\n\n\n@tool\ndef run(${signature}):\n    ${body.replaceAll("\n", "\n    ")}\n`

const TOOLS: Readonly<Record<ToolName, Readonly<Record<Language, string>>>> = {
  add: {
    python: python("a, b=10", "return (a or 0) + (b or 0)"),
    javascript: "export default (a, b = 10) => (a ?? 0) + (b ?? 0)\n"
  },
  even: {
    python: python("a", "return (a or 0) % 2 == 0"),
    javascript: "export default (a) => (a ?? 0) % 2 === 0\n"
  },
  wrap: {
    python: python("a", 'return {"v": a, "list": [a, {"k": a}]}'),
    javascript: "export default (a) => ({ v: a, list: [a, { k: a }] })\n"
  },
  show: {
    python: python('a, b: object = "default", c: object = "other"', "return [a, b, c]"),
    javascript: 'export default (a, b = "default", c = "other") => [a, b, c]\n'
  },
  fail: {
    python: python("a", 'if (a or 0) % 2:\n    raise ValueError("odd")\nreturn a'),
    javascript: 'export default (a) => {\n  if ((a ?? 0) % 2 === 1) throw new Error("odd")\n  return a\n}\n'
  },
  tally: {
    python: python("values, more=None", 'log_metric("seen", [values, more])\nreturn len(values)'),
    javascript:
      'export default (values, more = null, logMetric) => {\n  logMetric("seen", [values, more])\n  return values.length\n}\n'
  }
}

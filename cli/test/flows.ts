// Small flows for the tests of the command.

/** `text` in capitals, with `times` exclamation marks, and its length; the text "bad" fails. */
export const SHOUT_FLOW: Readonly<Record<string, string>> = {
  "shout/flow.dag.yaml": `
inputs:
  text: { type: string }
  times: { type: int, default: 2 }
outputs:
  loud: { type: string, reference: "\${shout.output}" }
  size: { type: int, reference: "\${measure.output}" }
nodes:
- name: shout
  type: javascript
  source: { type: code, path: shout.ts }
  inputs: { text: "\${inputs.text}", times: "\${inputs.times}" }
- name: measure
  type: javascript
  source: { type: code, path: measure.mjs }
  inputs: { text: "\${shout.output}" }
`,
  "shout/shout.ts": `export default function shout(text: string, times: number) {
  console.log("shouting", text)
  if (text === "bad") throw new Error("cannot shout é")
  return text.toUpperCase() + "!".repeat(times)
}
`,
  "shout/measure.mjs": "export const measure = (text) => text.length\n",
  "shout/__pycache__/left.pyc": "out"
}

/** One node that never ends: \`sleep\` waits for ever, \`spin\` computes for ever, anything else is given back. */
export const STUCK_FLOW: Readonly<Record<string, string>> = {
  "stuck/flow.dag.yaml": `
inputs:
  what: { type: string }
outputs:
  what: { type: string, reference: "\${wait.output}" }
nodes:
- name: wait
  type: javascript
  source: { type: code, path: wait.mjs }
  inputs: { what: "\${inputs.what}" }
`,
  "stuck/wait.mjs": `export default async function wait(what) {
  if (what === "sleep") await new Promise(() => setInterval(() => {}, 1000))
  while (what === "spin") {}
  return what
}
`
}

/** Halves a number, leaves a node out, and counts lines in an aggregation node that logs a metric. */
export const COUNT_FLOW: Readonly<Record<string, string>> = {
  "count/flow.dag.yaml": `
inputs:
  n: { type: double }
outputs:
  half: { type: double, reference: "\${halve.output}" }
nodes:
- name: halve
  type: python
  source: { type: code, path: halve.py }
  inputs: { n: "\${inputs.n}" }
- name: never
  type: python
  source: { type: code, path: halve.py }
  inputs: { n: "\${halve.output}" }
  activate: { when: "\${inputs.n}", is: 99 }
- name: count
  type: python
  aggregation: true
  source: { type: code, path: count.py }
  inputs: { halves: "\${halve.output}" }
`,
  "count/halve.py": "from promptflow.core import tool\n\n\n@tool\ndef halve(n: float):\n    return n / 2\n",
  "count/count.py":
    "from promptflow.core import log_metric, tool\n\n\n@tool\ndef count(halves: list):\n" +
    "    log_metric('mean', sum(halves) / len(halves))\n    return len(halves)\n"
}

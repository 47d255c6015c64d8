// A flow on disk for runs with a fake executor: its file is read and checked, its tool is never loaded.

import { aFolder } from "./temp-folder.ts"

/** The folder of a flow with the input `n`, the `javascript` node `a` and the output `out`. */
export function aFlowFolder(more = ""): string {
  const flow = `inputs:
  n: {type: int}
outputs:
  out: {type: string, reference: "\${a.output}"}
nodes:
- name: a
  type: javascript
  source: {type: code, path: a.mjs}
  inputs: {n: "\${inputs.n}"}
${more}`
  return aFolder({ "flow.dag.yaml": flow, "a.mjs": "" })
}

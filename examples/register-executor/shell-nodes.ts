// The other way to add a language: node by node. Nodes of `type: shell` may then stand beside Python and TypeScript nodes
// in one flow, with conditions, bypass and node records; the engine walks the flow and shell-host.ts runs one node.

import { defineExecutor, type ExecutorDefinition, javascript } from "throughline"

export function shellNodes(): ExecutorDefinition {
  return defineExecutor({
    language: "shell",
    hosts: { shell: { module: new URL("shell-host.ts", import.meta.url).href, options: {} } },
    // Which threads the host is loaded into is not this language's business: they are those of JavaScript.
    open: javascript().open
  })
}

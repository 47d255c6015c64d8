// Our own tool hosts by name, each loaded when a flow first needs it. Written out, so that a bundler sees them.

import type { OpenToolHost, ToolHost } from "@throughline/core/contracts"

const BUILT_IN: Readonly<Record<string, () => Promise<{ readonly default: OpenToolHost }>>> = {
  "throughline:javascript": () => import("../javascript/tool-host.ts"),
  "throughline:python": () => import("../python/tool-host.ts"),
  "throughline:prompt": () => import("../prompt/tool-host.ts"),
  "throughline:prompty": () => import("../prompty/tool-host.ts")
}

export async function openBuiltInHost(name: string, context: Parameters<OpenToolHost>[0]): Promise<ToolHost> {
  const load = BUILT_IN[name]
  if (load === undefined) throw new TypeError(`no built-in tool host is called ${name}`)
  return (await load()).default(context)
}

// Loads a node that calls a language model: an `llm` node, or one of promptflow's own model tools.

import type {
  Connection,
  NodeCall,
  NodePlan,
  PreparedTool,
  ToolHostContext,
  ToolLoadFailure
} from "@throughline/core/contracts"
import type { EscapedTexts } from "../chat/escaped-texts.ts"
import type { Template } from "../jinja/index.ts"
import { loadFailure, loadTemplate, refuseReserved } from "../load-template.ts"
import { asToolFailure, callEmbedding, callWithPrompt, type ModelTool, type PromptTool } from "./calls.ts"
import { convertLiterals } from "./convert-literals.ts"
import { classOf, findConnection, providerOf } from "./find-connection.ts"
import { findPackageTool, type PackageTool } from "./package-tools.ts"
import { type ParameterTypes, type Provider, parametersOf } from "./tool-parameters.ts"

const MODULES: Readonly<Record<Provider, string>> = {
  AzureOpenAI: "promptflow.tools.aoai",
  OpenAI: "promptflow.tools.openai"
}

/** @throws {ToolLoadFailure} for a connection, an api, a template or a literal that cannot be */
export function prepareModelTool(context: ToolHostContext, node: NodePlan, texts: EscapedTexts): Promise<PreparedTool> {
  const packageTool = node.packageTool === undefined ? undefined : findPackageTool(node.packageTool)
  return packageTool === undefined
    ? prepareLlm(context, node, texts)
    : preparePackageTool(context, node, texts, packageTool)
}

async function prepareLlm(context: ToolHostContext, node: NodePlan, texts: EscapedTexts): Promise<PreparedTool> {
  const { connection: name, api, provider: wanted } = node.model ?? {}
  const connection = await findConnection(context, node, name, wanted)
  const provider = providerOf(connection)
  if (provider === undefined) throw unfit(node, connection)
  if (api !== "chat" && api !== "completion") {
    throw loadFailure(node, "APINotFound", `The API '${provider}.${api ?? "None"}' is not found.`, {
      codes: ["UserError", "ValidationError", "APINotFound"],
      place: `${node.place.file}:${node.place.line}:${node.place.column}`,
      hint: "the apis of an llm node are chat and completion"
    })
  }
  const types = parametersOf(provider, api)
  const template = await loadTemplate(context.plan.workingDir, node)
  const own = ["connection", "prompt", ...Object.keys(types)]
  refuseReserved(template, own, node, `parameters of ${provider}.${api}`)
  const tool: PromptTool = {
    node,
    connection,
    provider,
    module: MODULES[provider],
    parameters: new Set(own),
    models: context.models,
    template,
    texts,
    kind: api
  }
  return prepared(tool, types, template, (given, call) => callWithPrompt(tool, given, call))
}

async function preparePackageTool(
  context: ToolHostContext,
  node: NodePlan,
  texts: EscapedTexts,
  { kind, module, accepts, types }: PackageTool
): Promise<PreparedTool> {
  const connection = await findConnection(context, node, connectionName(node), undefined)
  const provider = providerOf(connection)
  if (provider === undefined || !accepts.includes(classOf(connection))) throw unfit(node, connection, accepts)
  const own = ["connection", "prompt", ...Object.keys(types)]
  const tool: ModelTool = { node, connection, provider, module, parameters: new Set(own), models: context.models }
  if (kind === "embedding") return prepared(tool, types, undefined, (given, call) => callEmbedding(tool, given, call))
  const inLines = kind === "vision" ? imagesOnLines : undefined
  const template = await loadTemplate(context.plan.workingDir, node, inLines)
  refuseReserved(template, own, node, "inputs of custom llm tool")
  const promptTool: PromptTool = { ...tool, template, texts, kind: kind === "vision" ? "vision" : "by input" }
  return prepared(tool, types, template, (given, call) => callWithPrompt(promptTool, given, call))
}

function prepared(
  { node, module }: ModelTool,
  types: ParameterTypes,
  template: Template | undefined,
  work: (given: Record<string, unknown>, call: NodeCall) => Promise<unknown>
): PreparedTool {
  const variables = (template?.variables ?? []).map((name) => ({ name, hasDefault: false }))
  return {
    parameters: [...variables, ...Object.keys(types).map((name) => ({ name, hasDefault: name !== "input" }))],
    literals: convertLiterals(node, types),
    takesForeign: true,
    mayWait: true,
    call: (given, call) =>
      work(given, call).catch((error: unknown) => {
        throw asToolFailure(error, module)
      })
  }
}

/** The connection that a package tool's node names; `undefined` where it names none. */
function connectionName(node: NodePlan): string | undefined {
  const binding = node.inputs.find(({ name }) => name === "connection")?.binding
  if (binding === undefined) return undefined
  if (binding.kind === "literal") return String(binding.value)
  throw loadFailure(
    node,
    "NodeInputValidationError",
    `Input 'connection' for node '${node.name}' has to be the name of a connection, not a reference.`,
    { codes: ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"] }
  )
}

function unfit(node: NodePlan, connection: Connection, accepts?: readonly string[]): ToolLoadFailure {
  const type = classOf(connection)
  const codes = ["UserError", "ValidationError", "InvalidFlowRequest"]
  if (accepts === undefined) {
    return loadFailure(node, "InvalidConnectionType", `Connection type ${type} is not supported for LLM.`, {
      codes: [...codes, "InvalidConnectionType"],
      hint: `'${connection.name}' has to be an Azure OpenAI, an OpenAI or a serverless connection`
    })
  }
  const valid = accepts.map((name) => `'${name}'`).join(", ")
  return loadFailure(
    node,
    "NodeInputValidationError",
    `Input 'connection' for node '${node.name}' of type '${type}' is not supported, valid types [${valid}].`,
    { codes: [...codes, "NodeInputValidationError"] }
  )
}

/** `![image]({{ x }})` as the image alone on a line, where it is found after rendering. */
export const imagesOnLines = (source: string): string =>
  source.replace(/!\[\s*image\s*\]\(\{\{(\s*[^\s{}]+\s*)\}\}\)/g, "\n{{$1}}\n")

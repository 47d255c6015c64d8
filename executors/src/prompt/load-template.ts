// The template of a prompt's node: read from the flow's folder and compiled, with promptflow's error for each mistake.
//
// T1. A template that does not load is the flow's error, found before any line runs; it names the file and the line.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type ErrorDetails,
  errorRecord,
  type NodePlan,
  ToolFailure,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { compileTemplate, JinjaError, type Template } from "./jinja/index.ts"

/** @param prepare changes the text before it is compiled */
export async function loadTemplate(
  workingDir: string,
  node: NodePlan,
  prepare: (source: string) => string = (source) => source
): Promise<Template> {
  const source = prepare(await readTemplate(join(workingDir, node.path), node))
  try {
    return compileTemplate(source)
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    const place = `${node.path}:${error.line ?? 1}`
    const message = `Jinja parsing failed at line ${error.line ?? 1}: (${error.type}) ${error.message}`
    throw loadFailure(node, undefined, `${message} (${place})`, { codes: ["SystemError", error.type], place })
  }
}

/** @throws {ToolLoadFailure} naming the variables that the node's tool has as parameters of its own */
export function refuseReserved(template: Template, reserved: readonly string[], node: NodePlan, tool: string): void {
  const taken = template.variables.filter((name) => reserved.includes(name))
  if (taken.length === 0) return
  const names = taken.map((name) => `'${name}'`).join(", ")
  throw loadFailure(
    node,
    "NodeInputValidationError",
    `Invalid inputs {${names}} in prompt template of node ${node.name}. These inputs are duplicated with the ${tool}.`,
    {
      codes: ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"],
      place: node.path,
      hint: `give ${names} of ${node.path} another name, and the node's input too`
    }
  )
}

async function readTemplate(file: string, node: NodePlan): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const text =
      code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR"
        ? `Node source path '${node.path}' is invalid on node '${node.name}'.`
        : `Cannot read '${node.path}': ${(error as Error).message}`
    throw loadFailure(node, "InvalidSource", text, { codes: ["UserError", "ValidationError", "InvalidSource"] })
  }
  try {
    // Python keeps a byte order mark, so it is rendered.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw loadFailure(node, "UnicodeDecodeError", `'${node.path}' is not UTF-8`, {
      codes: ["SystemError", "UnicodeDecodeError"],
      place: node.path,
      hint: `save ${node.path} as UTF-8`
    })
  }
}

/** A mistake of the node, found while it is loaded. */
export function loadFailure(
  node: NodePlan,
  type: string | undefined,
  text: string,
  details: Pick<ErrorDetails, "codes" | "place" | "hint">
): ToolLoadFailure {
  const { file, line, column } = node.sourcePlace
  return new ToolLoadFailure(
    errorRecord({
      message: `Tool load failed in '${node.name}': ${type === undefined ? "" : `(${type}) `}${text}`,
      messageFormat: "Tool load failed in '{node_name}'.",
      messageParameters: { node_name: node.name },
      referenceCode: "Executor",
      place: `${file}:${line}:${column}`,
      ...details
    })
  )
}

/** @throws {ToolFailure} where the template cannot be rendered with these inputs */
export function renderTemplate(template: Template, inputs: Readonly<Record<string, unknown>>, node: NodePlan): string {
  try {
    return template.render(inputs)
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    throw jinjaFailure(error, node)
  }
}

export function jinjaFailure(error: JinjaError, node: NodePlan): ToolFailure {
  const place = `${node.path}:${error.line ?? 1}`
  return new ToolFailure(
    errorRecord({
      message:
        `Failed to render jinja template: ${error.type}: ${error.message}. ` +
        `Please modify your prompt to fix the issue. (node '${node.name}', ${place})`,
      codes: ["UserError", "ToolValidationError", "JinjaTemplateError"],
      referenceCode: "Tool/promptflow.tools.template_rendering",
      place
    })
  )
}

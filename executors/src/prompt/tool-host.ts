// Runs `prompt` nodes in this thread: the node's file is a Jinja2 template, its inputs are the template's variables, and
// the rendered text is its output.
//
// Left to others: marking role-like lines in inputs (`_inputs_to_escape`), which only changes what an LLM node makes of
// the text, and images (`![image]({{ x }})`), which are values like any other here.
//
// H1. A template that does not load is the flow's error, found before any line runs; it names the file and the line.
// H2. Rendering never waits and never fails but with a `ToolFailure`.
// H3. Literals stay as they are in the flow's file: promptflow converts none for this type of node.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type ErrorDetails,
  errorRecord,
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  ToolFailure,
  type ToolHostContext,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { compileTemplate, JinjaError, type Template } from "./jinja/index.ts"
import { pythonInputs } from "./python-values.ts"

const openToolHost: OpenToolHost = async (context) => ({
  prepare: (node) => prepare(context, node),
  close: async () => {}
})
export default openToolHost

/** The prompt tool of promptflow has this parameter itself. */
const RESERVED = "template"

async function prepare({ plan }: ToolHostContext, node: NodePlan): Promise<PreparedTool> {
  const template = loadTemplate(node, await readTemplate(join(plan.workingDir, node.path), node))
  if (template.variables.includes(RESERVED)) {
    throw loadFailure(
      node,
      "NodeInputValidationError",
      `Invalid inputs {'${RESERVED}'} in prompt template of node ${node.name}. ` +
        "These inputs are duplicated with the reserved parameters of prompt tool.",
      {
        codes: ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"],
        place: node.path,
        hint: `give the variable '${RESERVED}' of ${node.path} another name, and the node's input too`
      }
    )
  }
  return {
    parameters: template.variables.map((name) => ({ name, hasDefault: false })),
    takesForeign: true,
    mayWait: false,
    call: (inputs) => render(template, pythonInputs(inputs), node)
  }
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

function loadTemplate(node: NodePlan, source: string): Template {
  try {
    return compileTemplate(source)
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    const place = `${node.path}:${error.line ?? 1}`
    const message = `Jinja parsing failed at line ${error.line ?? 1}: (${error.type}) ${error.message}`
    throw loadFailure(node, undefined, `${message} (${place})`, { codes: ["SystemError", error.type], place })
  }
}

function loadFailure(
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

function render(template: Template, inputs: Readonly<Record<string, unknown>>, node: NodePlan): string {
  try {
    return template.render(inputs)
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error
    const place = `${node.path}:${error.line ?? 1}`
    throw new ToolFailure(
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
}

// A file of the flow as a module, with an error that tells what is wrong with it and where.

import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { errorRecord, type NodePlan, ToolLoadFailure } from "@throughline/core/contracts"
import { parse } from "acorn"

export type Exported = Readonly<Record<string, unknown>>

/** @param path the file, relative to the flow's folder */
export async function loadModule(node: NodePlan, folder: string, path: string): Promise<Exported> {
  const file = join(folder, path)
  try {
    return (await import(pathToFileURL(file).href)) as Exported
  } catch (error) {
    const place = error instanceof SyntaxError ? placeOfSyntaxError(error, path, file) : undefined
    throw loadFailure(node, `cannot load ${path}: ${describe(error)}`, hintOf(error), place)
  }
}

export function loadFailure(node: NodePlan, message: string, hint?: string, place = flowPlace(node)): ToolLoadFailure {
  return new ToolLoadFailure(
    errorRecord({
      message: `Tool load failed in '${node.name}': ${message}`,
      messageParameters: { node_name: node.name },
      codes: ["UserError", "ToolValidationError", "ToolLoadError"],
      referenceCode: "Tool",
      place,
      ...(hint === undefined ? {} : { hint })
    })
  )
}

const flowPlace = ({ sourcePlace: { file, line, column } }: NodePlan): string =>
  line === 0 ? file : `${file}:${line}:${column}`

export const describe = (error: unknown): string =>
  error instanceof Error ? `(${error.name}) ${error.message}` : String(error)

/** Where the tool's own text goes wrong, which Node tells only to who prints the error. A neighbour's it does not find. */
function placeOfSyntaxError(syntaxError: SyntaxError, path: string, file: string): string | undefined {
  // Of TypeScript, Node says the line itself, before anything else.
  const told = /^(.+):(\d+)$/m.exec(syntaxError.stack?.split("\n", 1)[0] ?? "")
  if (told?.[1]?.endsWith(file) === true && /\.[mc]?ts$/.test(file)) return `${path}:${told[2]}`
  try {
    const source = readFileSync(file, "utf8")
    parse(/\.[mc]?ts$/.test(file) ? stripTypeScriptTypes(source) : source, {
      ecmaVersion: "latest",
      sourceType: "module"
    })
    return undefined
  } catch (error) {
    const { loc } = error as { readonly loc?: { readonly line: number; readonly column: number } }
    return loc === undefined ? undefined : `${path}:${loc.line}:${loc.column + 1}`
  }
}

function hintOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code
  const missing = /Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : "")?.[1]
  if (code === "ERR_MODULE_NOT_FOUND" && missing !== undefined)
    return `npm install ${missing}, in the flow's folder or above it`
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "only erasable TypeScript runs as it is: no enum, namespace or parameter property"
  // Node reads a file as CommonJS only where it is told to: without a "type" it looks at the text.
  if (error instanceof SyntaxError && /^Unexpected token 'export'|^Cannot use import statement/.test(error.message))
    return 'the nearest package.json says "type": "commonjs", as npm init writes it: say "module", there or in one beside the flow'
  return undefined
}

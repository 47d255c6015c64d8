// The texts that name code as a flow: `module:name` of Python, `./file.ts:name` of JavaScript and TypeScript.

const PYTHON_ENTRY = /^[a-zA-Z0-9_.]+:[a-zA-Z0-9_]+$/
const SCRIPT_ENTRY = /^(.+\.[cm]?[jt]s):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u

export const isPythonEntry = (text: string): boolean => PYTHON_ENTRY.test(text)

export const isScriptEntry = (text: string): boolean => SCRIPT_ENTRY.test(text)

/** True for a text that names code rather than a file or a folder. */
export const isEntry = (text: string): boolean => isScriptEntry(text) || isPythonEntry(text)

/** The file that an entry's code most likely is in, relative to the flow folder. */
export function entryFile(text: string): string {
  return parseScriptEntry(text)?.file ?? `${text.slice(0, text.indexOf(":")).replaceAll(".", "/")}.py`
}

/** The file and the export of a JavaScript entry. */
export function parseScriptEntry(text: string): { readonly file: string; readonly name: string } | undefined {
  const [, file, name] = SCRIPT_ENTRY.exec(text) ?? []
  return file === undefined || name === undefined ? undefined : { file, name }
}

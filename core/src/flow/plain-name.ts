// Which names may become part of a file name on every system we run on. Nodes and runs are named so.

/**
 * Says what is wrong with a name that will be used in file names.
 *
 * @returns a phrase that completes "the name …" (`holds a path separator`), or `undefined` for a good name
 */
export function plainNameProblem(name: string): string | undefined {
  if (name === "") return "is empty"
  if (name === "." || name === "..") return "would leave its folder"
  if (/[/\\]/.test(name)) return "holds a path separator"
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return "holds a control character"
  if (/^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name)) return "is reserved on Windows"
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`
  return undefined
}

/** Leaves room for the endings that file names get, within the 255 bytes of common file systems. */
export const MAX_NAME_BYTES = 200

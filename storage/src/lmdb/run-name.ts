// Which names a run may have: they become folder names on every system we run on, and keys of the journal.

import { InvalidOption } from "@throughline/core/errors"

const MAX_BYTES = 255
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

/** @throws {InvalidOption} for a name that is not plain */
export function checkRunName(name: string): void {
  const isPlain =
    typeof name === "string" &&
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    name.isWellFormed() &&
    !/[/\\]/.test(name) &&
    !CONTROL.test(name) &&
    !RESERVED.test(name) &&
    Buffer.byteLength(name) <= MAX_BYTES
  if (isPlain) return
  throw new InvalidOption({
    option: "run name",
    got: name,
    accepts:
      `a plain name of 1 to ${MAX_BYTES} bytes: no "/", "\\", control characters, "." or "..", ` +
      "nor a name that Windows reserves (con, nul, com1 …)"
  })
}

// The version of the package. This file stands as deep as the bundle does, so both find the same package.json.

import { readFileSync } from "node:fs"

export function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
  return (JSON.parse(text) as { version: string }).version
}

// Paths as hosts give them: relative or absolute, or as a URL.

import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { namesCode } from "../flow/index.ts"

/** An absolute path; a relative one starts at `from`. */
export const absolutePath = (path: string | URL, from = "."): string =>
  path instanceof URL ? fileURLToPath(path) : resolve(from, path)

/** The absolute path of a flow, or the entry that it is. */
export const flowPath = (flow: string | URL): string => (namesCode(flow) ? flow : absolutePath(flow))

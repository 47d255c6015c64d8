// `--flow` and `--init`: which flow a command is about, and what its class is constructed from.

import { resolve } from "node:path"
import { namesCode } from "@throughline/core/flow"
import type { Arguments } from "../command/arguments.ts"
import { nestDottedKeys, parsePairs } from "../command/pairs.ts"

/** An absolute path, or the text of an entry (`module:name`) as it is. */
export const flowPath = (flow: string): string => (namesCode(flow) ? flow : resolve(flow))

/** `--init KEY=VALUE …`; `KEY.INNER=VALUE` makes an object, as model configurations are. */
export const initOf = (args: Arguments): Record<string, unknown> =>
  nestDottedKeys(parsePairs(args.texts("--init"), "--init"))

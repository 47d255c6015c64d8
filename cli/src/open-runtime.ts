// A runtime with everything in place: both languages and the journal on disk. What the command itself works with.

import { type ConnectionsOption, createRuntime, type ExecutorDefinition, type Runtime } from "@throughline/core"
import { type JavaScriptOptions, javascript, type PythonOptions, python } from "@throughline/executors"
import { lmdb } from "@throughline/storage"
import { localConnections } from "./connection/local-connections.ts"
import { findHome } from "./home.ts"

export interface OpenRuntimeOptions {
  /** The folder that holds the journal and the runs' folders. Default: `THROUGHLINE_HOME`, else `~/.throughline`. */
  readonly home?: string
  readonly javascript?: JavaScriptOptions
  readonly python?: PythonOptions
  /** The connections of flows. Default: this machine's, as `localConnections` finds them. */
  readonly connections?: ConnectionsOption
  /** More languages, beside JavaScript and Python. */
  readonly executors?: readonly ExecutorDefinition[]
}

/**
 * Opens a ready runtime: `await using runtime = await openRuntime()`. Nothing is written before the first run.
 *
 * @throws {TypeError} for an option of an executor that is not what it takes, or a language given twice
 */
export function openRuntime(options: OpenRuntimeOptions = {}): Promise<Runtime> {
  const { home, executors = [], connections = localConnections(home === undefined ? {} : { home }) } = options
  return createRuntime({
    executors: [javascript(options.javascript), python(options.python), ...executors],
    store: lmdb(findHome(home)),
    connections
  })
}

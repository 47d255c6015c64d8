// A runtime with everything in place: both languages and the journal on disk. What the command itself works with.

import { type ConnectionsOption, createRuntime, type ExecutorDefinition, type Runtime } from "@throughline/core"
import {
  type JavaScriptOptions,
  javascript,
  type LaneOptions,
  type PythonOptions,
  python
} from "@throughline/executors"
import { lmdb } from "@throughline/storage"
import { defined } from "./command/defined.ts"
import { localConnections } from "./connection/local-connections.ts"
import { findHome } from "./home.ts"

export interface OpenRuntimeOptions {
  /** The folder that holds the journal and the runs' folders. Default: `THROUGHLINE_HOME`, else `~/.throughline`. */
  readonly home?: string
  readonly javascript?: JavaScriptOptions
  readonly python?: PythonOptions & LaneOptions
  /** The connections of flows. Default: this machine's, as `localConnections` finds them. */
  readonly connections?: ConnectionsOption
  /** Without `connections`: a file of connections, before the home's store. Default: `THROUGHLINE_CONNECTIONS`. */
  readonly connectionsFile?: string
  /** More languages, beside JavaScript and Python. */
  readonly executors?: readonly ExecutorDefinition[]
}

/**
 * Opens a ready runtime: `await using runtime = await openRuntime()`. Nothing is written before the first run.
 *
 * @throws {TypeError} for an option of an executor that is not what it takes, or a language given twice
 */
export function openRuntime(options: OpenRuntimeOptions = {}): Promise<Runtime> {
  const { home, executors = [], connectionsFile: file } = options
  const { connections = localConnections(defined({ home, file })) } = options
  return createRuntime({
    executors: [javascript(options.javascript), python(options.python), ...executors],
    store: lmdb(findHome(home)),
    connections
  })
}

// A pool whose threads run with the host's own Node options, as far as threads take them.

import { Piscina } from "piscina"

type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

export function openPool(options: Omit<PoolOptions, "execArgv">): Piscina {
  // Node says in each thread that stripping types is experimental; the user of a TypeScript tool knows.
  let execArgv = [...process.execArgv, "--disable-warning=ExperimentalWarning"]
  for (;;) {
    try {
      return new Piscina({ ...options, execArgv })
    } catch (error) {
      // Options of the whole process, such as `--max-old-space-size`: which ones they are, only the error tells.
      const refused = refusedOptions(error)
      const left = execArgv.filter((argument) => !refused.includes(`, ${argument},`))
      if (left.length === execArgv.length) throw error
      execArgv = left
    }
  }
}

/** `, --first, --second,`; empty for an error of another kind. */
function refusedOptions(error: unknown): string {
  if ((error as { readonly code?: unknown } | null)?.code !== "ERR_WORKER_INVALID_EXEC_ARGV") return ""
  return `${(error as Error).message.replace(/^[^:]*:/s, ",")},`
}

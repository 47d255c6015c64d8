// lmdb prints the error of a commit that failed, with its stack, before it rejects the commit's promise. We tell of it
// ourselves: for that one call, in which nothing else runs, `console.error` is silent.

import type { Key, RootDatabase } from "lmdb"

/** What lmdb's callback is called with: 0 done, 1 visible to readers, 2 asks for what is to be done inside; else an error. */
type OnStatus = (status: number) => unknown

interface NativeEnvironment {
  readonly startWriting: (address: number, onStatus: OnStatus) => unknown
}

export function quietCommits(root: RootDatabase<Uint8Array, Key>): void {
  const { env } = root as unknown as { readonly env?: NativeEnvironment }
  if (env === undefined) return
  const { startWriting } = env
  const value: NativeEnvironment["startWriting"] = (address, onStatus) =>
    startWriting.call(env, address, (status) =>
      status >= 0 && status <= 2 ? onStatus(status) : silently(() => onStatus(status))
    )
  Object.defineProperty(env, "startWriting", { value })
}

function silently<A>(work: () => A): A {
  const print = console.error
  console.error = () => {}
  try {
    return work()
  } finally {
    console.error = print
  }
}

// What a run opens, and closes when it ends.

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BatchSpec } from "./batch-spec.ts"

/**
 * Opens something that may take for ever, and closes it with the scope. Being interrupted does not wait for it: the
 * signal is aborted, and what is opened all the same is closed when it comes.
 */
export function acquired<A, E>(
  open: (signal: AbortSignal) => Effect.Effect<A, E>,
  close: (opened: A) => Effect.Effect<void>
): Effect.Effect<A, E, Scope.Scope> {
  return Effect.suspend(() => {
    const controller = new AbortController()
    const opening = Effect.runPromiseExit(open(controller.signal))
    const opened = Effect.flatten(Effect.promise(() => opening)).pipe(
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          controller.abort()
          void opening.then((exit) => (exit._tag === "Success" ? Effect.runPromise(close(exit.value)) : undefined))
        })
      )
    )
    return Effect.acquireRelease(opened, close, { interruptible: true })
  })
}

/** Closes something at the end of a run. A failure is told, and changes nothing about the run. */
export function closing(spec: BatchSpec, what: string, close: () => Promise<void>): Effect.Effect<void> {
  return Effect.tryPromise({ try: close, catch: (error) => error }).pipe(
    Effect.catch((error) =>
      Effect.sync(() => spec.onEvent({ type: "Warning", message: `closing ${what} failed: ${String(error)}` }))
    )
  )
}

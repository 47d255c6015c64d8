// A promise of a plugin or of the system as an effect: the engine's own errors stay typed, anything else is a defect.

import * as Effect from "effect/Effect"
import * as errors from "../contracts/errors.ts"

type Exports = typeof errors

/** Every error a host can meet that is not a bug of ours: the classes of `contracts/errors.ts`. */
export type EngineError = {
  [Name in keyof Exports]: Exports[Name] extends new (...args: never[]) => infer Instance ? Instance : never
}[keyof Exports]

/** Each class is exported under the name that is its tag. */
const isEngineError = (error: unknown): error is EngineError =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" && Object.hasOwn(errors, error._tag)

export const engineCall = <A>(call: () => PromiseLike<A>): Effect.Effect<A, EngineError> =>
  Effect.tryPromise({ try: call, catch: (error) => error }).pipe(
    Effect.catch((error) => (isEngineError(error) ? Effect.fail(error) : Effect.die(error)))
  )

// A promise of a plugin or of the system as an effect: the engine's own errors stay typed, anything else is a defect.

import * as Effect from "effect/Effect"
import {
  ExecutorFailed,
  ExecutorMissing,
  InvalidData,
  InvalidFlow,
  InvalidOption,
  LinesFailed,
  MappingMissing,
  NotSupportedYet,
  RunCanceled,
  RunExists,
  RunLocked,
  RunNotFound,
  RuntimeClosed,
  WriteFailed
} from "../contracts/errors.ts"

const CLASSES = [
  ExecutorFailed,
  ExecutorMissing,
  InvalidData,
  InvalidFlow,
  InvalidOption,
  LinesFailed,
  MappingMissing,
  NotSupportedYet,
  RunCanceled,
  RunExists,
  RunLocked,
  RunNotFound,
  RuntimeClosed,
  WriteFailed
]

/** Every error a host can meet that is not a bug of ours. */
export type EngineError = InstanceType<(typeof CLASSES)[number]>

const isEngineError = (error: unknown): error is EngineError => CLASSES.some((known) => error instanceof known)

export const engineCall = <A>(call: () => PromiseLike<A>): Effect.Effect<A, EngineError> =>
  Effect.tryPromise({ try: call, catch: (error) => error }).pipe(
    Effect.catch((error) => (isEngineError(error) ? Effect.fail(error) : Effect.die(error)))
  )

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { LinesGone, RunNotFound } from "../contracts/errors.ts"
import { engineCall } from "./engine-call.ts"

const failing = (error: unknown) => Effect.exit(engineCall(() => Promise.reject(error)))

describe("engineCall", () => {
  for (const error of [new RunNotFound({ run: "r" }), new LinesGone({ run: "r", reason: "deleted" })]) {
    it.effect(`keeps ${error._tag} typed`, () =>
      Effect.gen(function* () {
        expect(yield* failing(error)).toEqual(Exit.fail(error))
      })
    )
  }

  for (const error of [new Error("a bug"), Object.assign(new Error("not ours"), { _tag: "NotOurs" }), "text"]) {
    it.effect(`takes ${String(error)} as a defect`, () =>
      Effect.gen(function* () {
        expect(yield* failing(error)).toEqual(Exit.die(error))
      })
    )
  }
})

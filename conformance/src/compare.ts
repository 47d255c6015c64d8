// Holds a case's outcome against its record.

import type { Case, Recorded } from "./case.ts"
import { BETTER, WAITING } from "./expectations.ts"
import { type Difference, differences, type Outcome, withoutMessages } from "./outcome.ts"

/** What is wrong with a case, in one text; `undefined` when it is as expected. */
export function problem({ name }: Case, recorded: Recorded, ours: Outcome): string | undefined {
  const found = differences(recorded.promptflow, withoutMessages(ours))
  if (Object.hasOwn(WAITING, name)) {
    return found.length > 0 ? undefined : `${name} gives what promptflow gives: take it from the list WAITING`
  }
  if (!Object.hasOwn(BETTER, name)) return found.length === 0 ? undefined : told(name, found, ours)
  if (found.length === 0) return `${name} gives what promptflow gives: take it from the list BETTER`
  const fromOwn = differences(recorded.throughline, withoutMessages(ours))
  return fromOwn.length === 0 ? undefined : `${told(name, fromOwn, ours)} (recorded of our own)`
}

const told = (name: string, found: readonly Difference[], ours: Outcome): string =>
  `${name}: ${found
    .map(({ at, promptflow, throughline }) => `${at}: recorded ${text(promptflow)}, got ${text(throughline)}`)
    .join("\n    ")}${ours.error?.message === undefined ? "" : `\n    ${ours.error.message}`}`

const text = (value: unknown): string => JSON.stringify(value) ?? "nothing"

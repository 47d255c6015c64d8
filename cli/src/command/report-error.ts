// An error that ended a command → one message on stderr and an exit code. Loads no error class: ours are told by their
// `_tag`, so that a mistake in the command line costs nothing but this.

import { note } from "./print.ts"
import { CommandError } from "./usage-error.ts"

/** @returns the exit code */
export function reportError(commandName: string, error: unknown, isDebug: boolean): number {
  const message = messageOf(error)
  // Several mistakes stand below each other; one, with its hint indented under it, behind the command's name.
  note(`throughline ${commandName}: error: ${/\n\S/.test(message) ? `\n${message}` : message}`)
  if (isDebug && error instanceof Error) note(stackOf(error))
  else if (!isExpected(error)) note("This is a bug of throughline, not of your flow; --debug shows where it happened.")
  return error instanceof CommandError ? error.exitCode : 1
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message
  return String(error)
}

/** Our own errors, and those that the system gives a code (`ENOENT` …). */
function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof CommandError) return true
  const { _tag, code } = error as { readonly _tag?: unknown; readonly code?: unknown }
  return typeof _tag === "string" || (typeof code === "string" && /^E[A-Z]+$/.test(code))
}

/** The stack with those of its causes. */
function stackOf(error: Error): string {
  const stacks: string[] = []
  for (let at: unknown = error; at instanceof Error && stacks.length < 8; at = at.cause)
    stacks.push(at.stack ?? String(at))
  return stacks.join("\ncaused by: ")
}

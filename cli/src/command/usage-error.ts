// The ways a command ends with an error of its own making.

/** The command line is wrong: usage and this message on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** What was asked for cannot be done: this message on stderr. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly exitCode: number

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

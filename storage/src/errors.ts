// Errors that only the journal knows. What a run store may fail with at large is in `@throughline/core/errors`.

/** The journal was made by a later version. Nothing in it was touched. */
export class JournalTooNew extends Error {
  readonly _tag = "JournalTooNew"
  readonly blame = "user"
  readonly path: string
  readonly format: number
  readonly newestKnown: number

  constructor({ path, format, newestKnown }: { path: string; format: number; newestKnown: number }) {
    super(
      `the journal in ${path} has format ${format}, but this version knows formats up to ${newestKnown}: ` +
        "use the version of Throughline that wrote it, or a later one"
    )
    this.name = "JournalTooNew"
    this.path = path
    this.format = format
    this.newestKnown = newestKnown
  }
}

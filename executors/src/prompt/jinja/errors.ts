// The one error that loading or rendering a template ends in, told the way Python would tell it.

/**
 * A template that cannot be loaded or rendered. `type` is the name of the Python exception that Jinja2 would end in
 * (`UndefinedError`, `TypeError`, `TemplateSyntaxError` …) and `message` is that exception's text.
 */
export class JinjaError extends Error {
  readonly type: string
  /** 1-based line of the template; `undefined` until the statement that failed is known. */
  line: number | undefined
  constructor(type: string, message: string, line?: number, options?: ErrorOptions) {
    super(message, options)
    this.name = "JinjaError"
    this.type = type
    this.line = line
  }
}

export const syntaxError = (message: string, line: number): JinjaError =>
  new JinjaError("TemplateSyntaxError", message, line)

/** Jinja2 found it while compiling: the template parses, but cannot mean anything. */
export const assertionError = (message: string, line: number): JinjaError =>
  new JinjaError("TemplateAssertionError", message, line)

export const typeError = (message: string): JinjaError => new JinjaError("TypeError", message)

export const valueError = (message: string): JinjaError => new JinjaError("ValueError", message)

/** What went wrong in the engine itself: JavaScript's limits get the names that Python gives to its own. */
export function asJinjaError(error: unknown): JinjaError {
  if (error instanceof JinjaError) return error
  // Deep in the stack even a regular expression may fail, with a `SyntaxError` that says so.
  if (error instanceof SyntaxError && error.message.includes("Stack overflow")) return tooDeep(error)
  if (error instanceof RangeError) {
    return error.message.includes("call stack")
      ? tooDeep(error)
      : new JinjaError("MemoryError", error.message, undefined, { cause: error })
  }
  const type = error instanceof Error ? error.name : "Error"
  const message = error instanceof Error ? error.message : String(error)
  return new JinjaError(type, message, undefined, { cause: error })
}

export const tooDeep = (cause?: unknown): JinjaError =>
  new JinjaError("RecursionError", "maximum recursion depth exceeded", undefined, cause === undefined ? {} : { cause })

// Jinja2 templates as promptflow renders them: sandboxed, trim_blocks, trailing newline kept, missing names empty,
// no autoescape, no other templates. Text in, text out; knows nothing of nodes or files.
//
// J1. Loading or rendering either gives a result or throws a `JinjaError`; nothing else comes out.
// J2. A text without `{` renders to itself (with `\n` line ends).
// J3. What is known to differ from Jinja2 is listed in docs/adr/0002-jinja-engine.md.

import { compileStatements } from "./compile.ts"
import { asJinjaError } from "./errors.ts"
import { parseTemplate } from "./parser.ts"

export { JinjaError } from "./errors.ts"
export { float } from "./numbers.ts"
export { ChatList, PyObject } from "./values.ts"

export interface Template {
  /** Names that the template reads from its inputs, by where their letters first occur in the text, as in promptflow. */
  readonly variables: readonly string[]
  /**
   * @param inputs name → plain JavaScript value, or a `float`; `null` is Python's `None`, a name that is not there renders
   *   empty
   * @throws {JinjaError} with the template's line
   */
  readonly render: (inputs: Readonly<Record<string, unknown>>) => string
}

/** @throws {JinjaError} `TemplateSyntaxError` or `TemplateAssertionError` with the template's line */
export function compileTemplate(source: string): Template {
  try {
    const { variables, render } = compileStatements(parseTemplate(source))
    const names = [...variables].sort()
    return { variables: names.sort((a, b) => source.indexOf(a) - source.indexOf(b)), render }
  } catch (error) {
    throw asJinjaError(error)
  }
}

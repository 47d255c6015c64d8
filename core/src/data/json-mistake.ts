// Where a text stops being JSON, and what should stand there. Only for texts that `JSON.parse` refused: it says where
// in some cases and not in others. Takes the words `NaN` and `Infinity` as values, as Python does. Loads in a thread.

export interface JsonMistake {
  /** Index of the character that does not fit; the text's length when it ends too early. */
  readonly index: number
  /** What would have fitted: `a value`, `"," or "}"` … */
  readonly expected: string
}

/** `undefined` when there is no mistake in the grammar. Keeps its own stack: no text is too deep for it. */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const open: ("{" | "[")[] = []
  let state: "value" | "value or ]" | "key" | "key or }" | "after" = "value"
  let at = 0
  while (true) {
    at = match(SPACE, text, at)
    const char = text[at]
    const container = open.at(-1)
    if (state === "after") {
      if (container === undefined) return char === undefined ? undefined : { index: at, expected: "the end of the row" }
      const closing = container === "{" ? "}" : "]"
      if (char === closing) open.pop()
      else if (char === ",") state = container === "{" ? "key" : "value"
      else return { index: at, expected: `"," or "${closing}"` }
      at += 1
    } else if ((char === "}" && state === "key or }") || (char === "]" && state === "value or ]")) {
      open.pop()
      state = "after"
      at += 1
    } else if (state === "key" || state === "key or }") {
      if (char !== '"')
        return { index: at, expected: state === "key" ? "a name in double quotes" : 'a name in double quotes, or "}"' }
      const end = match(STRING, text, at)
      if (end === at) return stringMistake(text, at)
      at = match(SPACE, text, end)
      if (text[at] !== ":") return { index: at, expected: '":"' }
      at += 1
      state = "value"
    } else if (char === "{" || char === "[") {
      open.push(char)
      state = char === "{" ? "key or }" : "value or ]"
      at += 1
    } else {
      const end = match(char === '"' ? STRING : SCALAR, text, at)
      if (end === at) return char === '"' ? stringMistake(text, at) : { index: at, expected: "a value" }
      at = end
      state = "after"
    }
  }
}

const SPACE = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON does not take them in a string
const STRING_CHARS = /[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*/y
const STRING = new RegExp(`"${STRING_CHARS.source}"`, "y")
const SCALAR = /(?:true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y

/** Index after the match, or `from` when there is none. */
function match(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : from
}

function stringMistake(text: string, start: number): JsonMistake {
  const index = match(STRING_CHARS, text, start + 1)
  if (index >= text.length) return { index, expected: "a closing quote" }
  return {
    index,
    expected:
      text[index] === "\\" ? 'an escape such as \\n, \\" or \\u00e9' : "an escape instead of a control character"
  }
}

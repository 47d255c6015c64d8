// Breaks a line into lines of at most so many code points, where Python's `textwrap` would (tabs are kept).

import { lengthOf, slicePoints } from "./text.ts"

const BLANK = "[\\t-\\r ]"
/** What may stand around a dash that joins two words. */
const LETTER = "[\\p{L}_]"
const WORD = "[\\p{L}\\p{N}_!\"'&.,?]"
/** Blanks, dashes between words, or a word up to a hyphen that may end a line, a blank, the end, or dashes. */
const CHUNK = new RegExp(
  `(${BLANK}+|(?<=${WORD})-{2,}(?=[\\p{L}\\p{N}_])|[^\\t-\\r ]+?(?:` +
    `-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${WORD}-))(?=${LETTER}-?${LETTER})` +
    `|(?=${BLANK}|$)|(?<=${WORD})(?=-{2,}[\\p{L}\\p{N}_])))`,
  "u"
)
const BLANKS = new RegExp(`(${BLANK}+)`)

export function wrap(
  text: string,
  width: number,
  options: { readonly breakLong: boolean; readonly onHyphens: boolean }
): string[] {
  const chunks = text.split(options.onHyphens ? CHUNK : BLANKS).filter((chunk) => chunk !== "")
  const lines: string[] = []
  while (chunks.length > 0) {
    if (lines.length > 0 && isBlank(chunks[0]!)) chunks.shift()
    const line: string[] = []
    let used = 0
    while (chunks.length > 0 && used + lengthOf(chunks[0]!) <= width) {
      used += lengthOf(chunks[0]!)
      line.push(chunks.shift()!)
    }
    const [long] = chunks
    if (long !== undefined && lengthOf(long) > width) {
      if (options.breakLong) {
        const room = width < 1 ? 1 : width - used
        const cut = options.onHyphens ? hyphenCut(long, room) : room
        line.push(slicePoints(long, 0, cut))
        chunks[0] = slicePoints(long, cut)
      } else if (line.length === 0) {
        line.push(chunks.shift()!)
      }
    }
    if (line.length > 0 && isBlank(line.at(-1)!)) line.pop()
    if (line.length > 0) lines.push(line.join(""))
  }
  return lines
}

const isBlank = (chunk: string): boolean => chunk.trim() === ""

/** Where to cut a word that is too long: after its last hyphen within the room, if it is more than hyphens. */
function hyphenCut(word: string, room: number): number {
  if (lengthOf(word) <= room) return room
  const head = slicePoints(word, 0, room)
  const at = head.lastIndexOf("-")
  return at > 0 && /[^-]/.test(head.slice(0, at)) ? lengthOf(head.slice(0, at + 1)) : room
}

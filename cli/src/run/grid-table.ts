// A table of text with lines around its cells. On a terminal it is squeezed to the terminal's width.

const LEAST_WIDTH = 8
const MOST_WIDTH = 80

/** Cells are one line each: what is longer than its column ends in an ellipsis. */
export function gridTable(
  columns: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  width: number | undefined = process.stdout.columns
): string {
  const all = [columns, ...rows].map((row) => row.map(oneLine))
  const widths = columns.map((_, i) => Math.min(MOST_WIDTH, Math.max(...all.map((row) => cellWidth(row[i] ?? "")))))
  if (width !== undefined) squeeze(widths, width - 3 * widths.length - 1)
  const rule = (mark: string) => `+${widths.map((cells) => mark.repeat(cells + 2)).join("+")}+`
  const print = (row: readonly string[]) => `| ${widths.map((cells, i) => fit(row[i] ?? "", cells)).join(" | ")} |`
  const [head = [], ...body] = all
  return [rule("-"), print(head), rule("="), ...body.flatMap((row) => [print(row), rule("-")])].join("\n")
}

/** The widest column gives first. */
function squeeze(widths: number[], room: number): void {
  for (;;) {
    const sum = widths.reduce((before, each) => before + each, 0)
    const widest = Math.max(...widths)
    if (sum <= room || widest <= LEAST_WIDTH) return
    widths[widths.indexOf(widest)] = Math.max(
      LEAST_WIDTH,
      widest - (sum - room > widest / 2 ? Math.ceil(widest / 4) : 1)
    )
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ")

/** Columns of a terminal that a text takes, by the widths of East Asian characters. */
function cellWidth(text: string): number {
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

const charWidth = (char: string): number => (/\p{M}/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1)
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

function fit(text: string, width: number): string {
  if (cellWidth(text) <= width) return text + " ".repeat(width - cellWidth(text))
  let cut = ""
  let used = 0
  for (const char of text) {
    if (used + charWidth(char) > width - 1) break
    cut += char
    used += charWidth(char)
  }
  return `${cut}…${" ".repeat(width - 1 - used)}`
}

// The line of `workloads/dag-flow.ts`, as one would write it by hand.

import type { LineFunction } from "./threads.ts"

interface DagRow {
  readonly id: number
  readonly text: string
  readonly category: string
  readonly score: number
}

interface Words {
  readonly count: number
}

type Load = <F>(file: string) => Promise<F>

export default async function makeLine(load: Load): Promise<LineFunction> {
  const words = await load<(text: string) => Words>("words.mjs")
  const grade = await load<(counted: Words, score: number) => number>("grade.mjs")
  const label =
    await load<(id: number, category: string, counted: Words, graded: number) => { label: string }>("label.mjs")

  return (text, lineNumber) => {
    const row = JSON.parse(text) as DagRow
    const counted = words(row.text)
    const graded = grade(counted, row.score)
    const labeled = label(row.id, row.category, counted, graded)
    return JSON.stringify({ line_number: lineNumber, label: labeled.label, words: counted.count, grade: graded })
  }
}

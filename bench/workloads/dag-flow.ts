// The flow and the data of the `dag-*` and memory scenarios: a three-node JavaScript DAG that computes for about 4 µs a
// line or as long as is asked for, and JSONL rows of about 200 bytes. Both are written by this file, from a fixed seed.
//
//   words ──▶ grade ──▶ label        (label reads words as well)

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { seeded } from "./seeded.ts"

const FLOW = `inputs:
  id: {type: int}
  text: {type: string}
  category: {type: string}
  score: {type: double}
outputs:
  label: {type: string, reference: "\${label.output.label}"}
  words: {type: int, reference: "\${words.output.count}"}
  grade: {type: int, reference: "\${grade.output}"}
nodes:
- name: words
  type: javascript
  source: {type: code, path: words.mjs}
  inputs: {text: "\${inputs.text}"}
- name: grade
  type: javascript
  source: {type: code, path: grade.mjs}
  inputs: {words: "\${words.output}", score: "\${inputs.score}"}
- name: label
  type: javascript
  source: {type: code, path: label.mjs}
  inputs: {id: "\${inputs.id}", category: "\${inputs.category}", words: "\${words.output}", grade: "\${grade.output}"}
`

const WORDS = `// Counts words and letters of a text.
export default function words(text) {
  let count = 0
  let letters = 0
  let longest = 0
  let length = 0
  let hash = 2166136261
  for (let pass = 0; pass < 4; pass++) {
    count = 0
    letters = 0
    length = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      hash = Math.imul(hash ^ code, 16777619)
      if (code === 32) {
        count++
        if (length > longest) longest = length
        length = 0
      } else {
        letters++
        length++
      }
    }
  }
  return { count: count + 1, letters, longest: Math.max(longest, length), hash: hash >>> 0 }
}
`

/** How long the second node computes: 26 rounds make the flow one of about 4 µs a line. */
export interface DagWork {
  readonly rounds: number
  /** This share of the lines, the last ones, computes so many rounds. */
  readonly slow?: { readonly share: number; readonly rounds: number }
}

const TINY: DagWork = { rounds: 26 }
/** No other line has such a score. */
const SLOW_SCORE = 2

const gradeOf = ({
  rounds,
  slow
}: DagWork): string => `// A whole number from 0 to 999 that depends on every word of the text and on the score.
export default function grade(words, score) {
  let state = (words.hash ^ Math.round(score * 1000)) >>> 0
  const rounds = ${slow === undefined ? rounds : `score === ${SLOW_SCORE} ? ${slow.rounds} : ${rounds}`}
  for (let i = 0; i < rounds; i++) state = mixed(state)
  return (state >>> 0) % 1000
}

function mixed(seed) {
  let state = seed
  for (let i = 0; i < 64; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
  return state
}
`

const LABEL = `// What the line is called, from its grade.
export default function label(id, category, words, grade) {
  const size = words.count > 12 ? "long" : "short"
  const band = grade > 666 ? "high" : grade > 333 ? "middle" : "low"
  return { label: category + "/" + band + "/" + size, id, isLong: words.letters > 80 }
}
`

/**
 * As `label`, with a text of `bytes` bytes in its output, which differs from line to line. No number is printed for that:
 * V8 keeps the texts of numbers until its next full garbage collection, and what a tool leaves there is the tool's.
 */
const largeLabel = (
  bytes: number
): string => `${LABEL.replace("label(id", "smallLabel(id").replace("export default ", "")}
const filler = "abcdefghijklmnop".repeat(${Math.ceil(bytes / 16) + 1})
export default function label(id, category, words, grade) {
  const small = smallLabel(id, category, words, grade)
  return { ...small, label: small.label + "/" + filler.slice(id % 16, ${bytes} + (id % 16)) }
}
`

/** A node that keeps line 0 waiting and lets all others pass. */
const HELD_WORDS = (
  heldMs: number
): string => `${WORDS.replace("words(text)", "countWords(text)").replace("export default ", "")}
export default async function words(text) {
  if (text.startsWith("line 0 ")) await new Promise((resolve) => setTimeout(resolve, ${heldMs}))
  return countWords(text)
}
`

export interface DagFlowOptions {
  /** Bytes of text that the last node adds to its output. */
  readonly outputBytes?: number
  /** Milliseconds that line 0 waits; makes the first node asynchronous. */
  readonly holdFirstMs?: number
  readonly work?: DagWork
}

/** Writes the flow folder and gives its path. */
export function writeDagFlow(parent: string, { outputBytes, holdFirstMs, work = TINY }: DagFlowOptions = {}): string {
  const folder = join(parent, "flow")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "flow.dag.yaml"), FLOW)
  writeFileSync(join(folder, "words.mjs"), holdFirstMs === undefined ? WORDS : HELD_WORDS(holdFirstMs))
  writeFileSync(join(folder, "grade.mjs"), gradeOf(work))
  writeFileSync(join(folder, "label.mjs"), outputBytes === undefined ? LABEL : largeLabel(outputBytes))
  return folder
}

/** Writes `lines` rows of about 200 bytes and gives the file's path. */
export function writeDagData(parent: string, lines: number, { slow }: DagWork = TINY): string {
  const path = join(parent, "data.jsonl")
  const file = openSync(path, "w")
  const random = seeded(42)
  let block = ""
  const firstSlow = lines - Math.round(lines * (slow?.share ?? 0))
  for (let id = 0; id < lines; id++) {
    const row = rowOf(id, random)
    block += `${JSON.stringify(id < firstSlow ? row : { ...row, score: SLOW_SCORE })}\n`
    if (block.length > 1 << 20) {
      writeSync(file, block)
      block = ""
    }
  }
  writeSync(file, block)
  closeSync(file)
  return path
}

const VOCABULARY =
  "the flow reads a line maps its columns runs every node keeps what came of it and goes on to another".split(" ")
const CATEGORIES = ["support", "billing", "shipping", "returns"]

function rowOf(id: number, random: () => number) {
  const words = [`line ${id} `]
  while (words.length < 18) words.push(VOCABULARY[Math.floor(random() * VOCABULARY.length)]!)
  return {
    id,
    text: words.join(" ").padEnd(104, ".").slice(0, 104),
    category: CATEGORIES[Math.floor(random() * CATEGORIES.length)]!,
    score: Math.round(random() * 1000) / 1000,
    source: "generated"
  }
}

// Runs a flow in a process that is killed again and again, at moments that follow from a seed, takes the run up each time,
// and holds what it came to against a run that nobody interrupted.
//
// X1. `output.jsonl` has the same bytes, the journal the same totals, each line once.
// X2. Where a line takes long, its nodes' results are in the journal before it is done.
// X3. A node whose result was in the journal when a process began is not called by it; no process calls one twice.
// X4. Whatever `output.jsonl` shows when the process dies is in the journal.

import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { keptLines, type NodeRecord, type RunSummary } from "@throughline/core"
import { lmdb } from "@throughline/storage"
import type { CrashOrder, Moment } from "./crash-child.ts"

const CHILD = fileURLToPath(new URL("./crash-child.ts", import.meta.url))
const NAME = "killed"
const LINES = 160

/** What a run came to, as far as it must be the same. */
interface Outcome {
  readonly output: string
  readonly lines: RunSummary["lines"]
  readonly nodeStatus: RunSummary["nodeStatus"]
  readonly metrics: RunSummary["metrics"]
}

export class CrashHarness {
  readonly #folder: string
  readonly #seed: number
  #drawn = 0
  #expected: Outcome | undefined
  #bytes = 0
  kills = 0
  /** Results of nodes that a process found of lines that were not done (X2). */
  found = 0

  constructor(folder: string, seed: number) {
    this.#folder = folder
    this.#seed = seed
    writeFlow(folder)
  }

  /** Runs once to the end, unharmed: what all others are held against. */
  async prepare(): Promise<void> {
    const home = join(this.#folder, "unharmed")
    const end = await this.#session(home, false, { kind: "never" })
    if (end === undefined) throw new Error("the run that nobody kills did not end")
    this.#bytes = end.bytes
    this.#expected = await outcomeOf(home)
  }

  /** One run, killed until it gets through. @returns how often it was killed */
  async campaign(number: number): Promise<number> {
    const home = join(this.#folder, `home-${number}`)
    const calls = join(this.#folder, "calls", `home-${number}`)
    let kills = 0
    for (let isOver = false; !isOver; ) {
      const known = await knownNodes(home)
      this.found += known?.ofOpenLines ?? 0
      rmSync(calls, { force: true })
      const moment = this.#moment(kills)
      const end = await this.#session(home, known !== undefined, moment)
      isOver = end !== undefined
      const where = `home-${number}, kill ${kills} at ${JSON.stringify(moment)}`
      checkCalls(calls, known?.all ?? new Set(), where)
      if (isOver) break
      kills++
      await checkShown(home, where)
    }
    const outcome = await outcomeOf(home)
    const difference = JSON.stringify(outcome) === JSON.stringify(this.#expected) ? undefined : outcome
    if (difference !== undefined) {
      throw new Error(
        `home-${number} after ${kills} kills differs: ${JSON.stringify(difference).slice(0, 2000)}\n` +
          `expected: ${JSON.stringify(this.#expected).slice(0, 2000)}`
      )
    }
    rmSync(home, { recursive: true, force: true })
    this.kills += kills
    return kills
  }

  #moment(kills: number): Moment {
    const what = this.#draw()
    // Each time it gets a little further, so that it ends.
    if (kills > 8) return { kind: "never" }
    if (what < 0.08 && kills > 0) return { kind: "reopened" }
    if (what < 0.14) return { kind: "aggregation" }
    if (what < 0.18) return { kind: "finish" }
    return { kind: "byte", byte: Math.floor((this.#draw() * this.#bytes * 1.1) / (kills + 1)) }
  }

  /** 0 to 1, a function of the seed and of how often it was asked. */
  #draw(): number {
    const hash = createHash("sha256")
      .update(`${this.#seed} ${this.#drawn++}`)
      .digest()
    return hash.readUInt32LE(0) / 2 ** 32
  }

  /** @returns what the child said at its end; `undefined` when it was killed */
  async #session(home: string, isResume: boolean, killAt: Moment): Promise<{ readonly bytes: number } | undefined> {
    const [flow, data] = [join(this.#folder, "flow"), join(this.#folder, "data.jsonl")]
    const order: CrashOrder = { home, flow, data, name: NAME, isResume, killAt }
    const calls = join(this.#folder, "calls", home.slice(home.lastIndexOf("/") + 1))
    const child = spawn(process.execPath, [CHILD, JSON.stringify(order)], {
      env: { ...process.env, CALLS: calls, NODE_COMPILE_CACHE: join(this.#folder, "compile-cache") },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let [said, complained] = ["", ""]
    child.stdout.on("data", (text) => (said += text))
    child.stderr.on("data", (text) => (complained += text))
    const end = await new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)))
    if (end === "SIGKILL") return undefined
    if (end !== 0) throw new Error(`the run ended with ${String(end)}: ${complained}`)
    return JSON.parse(said) as { readonly bytes: number }
  }
}

async function outcomeOf(home: string): Promise<Outcome> {
  const store = lmdb(home)
  const { status, lines, nodeStatus, metrics } = await store.getRun(NAME)
  const positions: number[] = []
  for await (const { record } of keptLines(store, NAME)) positions.push(record.position)
  await store.close()
  if (status !== "Completed" || positions.some((position, at) => position !== at))
    throw new Error(`${status}, lines ${positions.join()}`)
  const sorted = Object.fromEntries(Object.entries(nodeStatus).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { output: readOutput(home), lines, nodeStatus: sorted, metrics }
}

interface KnownNodes {
  /** `node line` */
  readonly all: ReadonlySet<string>
  readonly ofOpenLines: number
}

/** Every result in the journal; `undefined` when there is no run yet. */
async function knownNodes(home: string): Promise<KnownNodes | undefined> {
  const store = lmdb(home)
  try {
    const known = new Set<string>()
    if ((await store.listRuns()).length === 0) return undefined
    for await (const { record } of keptLines(store, NAME)) {
      for (const node of record.nodes) known.add(`${NODES[node.node]} ${record.position}`)
    }
    let ofOpenLines = 0
    for await (const { position, nodes } of store.readNodeResults(NAME)) {
      for (const { node } of store.decodeRecords(nodes) as unknown as NodeRecord[]) {
        known.add(`${NODES[node]} ${position}`)
        ofOpenLines++
      }
    }
    return { all: known, ofOpenLines }
  } finally {
    await store.close()
  }
}

/** X3 */
function checkCalls(file: string, known: ReadonlySet<string>, where: string): void {
  const called = new Set<string>()
  for (const call of readOrNothing(file).split("\n")) {
    if (call === "") continue
    if (known.has(call)) throw new Error(`${where}: '${call}' was in the journal and was called again`)
    if (called.has(call)) throw new Error(`${where}: '${call}' was called twice`)
    called.add(call)
  }
}

/** X4 */
async function checkShown(home: string, where: string): Promise<void> {
  const known = (await knownNodes(home))?.all ?? new Set()
  for (const text of readOutput(home).split("\n").slice(0, -1)) {
    const { line_number } = JSON.parse(text) as { line_number: number }
    if (!known.has(`${NODES[2]} ${line_number}`))
      throw new Error(`${where}: line ${line_number} is in output.jsonl and not in the journal`)
  }
}

const readOutput = (home: string) => readOrNothing(join(home, ".runs", NAME, "flow_outputs", "output.jsonl"))

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const NODES = ["first", "second", "third", "sum"]

function writeFlow(folder: string): void {
  const flow = join(folder, "flow")
  mkdirSync(flow, { recursive: true })
  mkdirSync(join(folder, "calls"), { recursive: true })
  const count = (node: string) => `appendFileSync(process.env.CALLS, "${node} " + n + "\\n")`
  const files = {
    "first.mjs": `import { appendFileSync } from "node:fs"
export default function first(n) {
  ${count("first")}
  if (n % 23 === 7) throw new Error("seven")
  return { n, text: "é" + n, list: [n / 2, null, true] }
}
`,
    // Waits of different length, so that lines come home out of order.
    "second.mjs": `import { appendFileSync } from "node:fs"
export default async function second(n, first) {
  ${count("second")}
  await new Promise((done) => setTimeout(done, n % 10 === 3 ? 700 : (n * 7919) % 41))
  return first.text + "!"
}
`,
    "third.mjs": `import { appendFileSync } from "node:fs"
export default async function third(n, second) {
  ${count("third")}
  await new Promise((done) => setTimeout(done, n % 10 === 3 ? 400 : 0))
  return second + "?"
}
`,
    "sum.mjs": `export default (numbers, logMetric) => {
  logMetric("sum", numbers.reduce((sum, { n }) => sum + n, 0))
  return numbers.length
}
`,
    "flow.dag.yaml": `inputs:
  n: { type: int }
outputs:
  text: { type: string, reference: "\${third.output}" }
  half: { type: double, reference: "\${first.output.list}" }
  n: { type: int, reference: "\${inputs.n}" }
nodes:
- name: first
  type: javascript
  source: { type: code, path: first.mjs }
  inputs: { n: "\${inputs.n}" }
- name: second
  type: javascript
  source: { type: code, path: second.mjs }
  inputs: { n: "\${inputs.n}", first: "\${first.output}" }
- name: third
  type: javascript
  source: { type: code, path: third.mjs }
  inputs: { n: "\${inputs.n}", second: "\${second.output}" }
- name: sum
  type: javascript
  aggregation: true
  source: { type: code, path: sum.mjs }
  inputs: { numbers: "\${first.output}" }
`
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(flow, name), text)
  const rows = Array.from({ length: LINES }, (_, n) => `${JSON.stringify({ n, note: "x".repeat(n % 50) })}\n`)
  writeFileSync(join(folder, "data.jsonl"), rows.join(""))
}

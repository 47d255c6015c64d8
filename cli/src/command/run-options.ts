// Options that several commands of `throughline run …` take, as data.

import type { OptionSpec } from "./command-spec.ts"

export const NAME: OptionSpec = {
  name: "--name",
  aliases: ["-n"],
  takes: "word",
  word: "NAME",
  help: "Name of the run.",
  isRequired: true
}
export const MAX_RESULTS: OptionSpec = {
  name: "--max-results",
  aliases: ["-r"],
  takes: "word",
  word: "N",
  type: "int",
  help: "Show at most N."
}
export const ALL_RESULTS: OptionSpec = { name: "--all-results", takes: "nothing", help: "Show all." }
export const SET: OptionSpec = {
  name: "--set",
  takes: "words",
  word: "KEY=VALUE",
  help: "display_name=…, description=…, tags.KEY=…"
}
export const STREAM: OptionSpec = {
  name: "--stream",
  aliases: ["-s"],
  takes: "nothing",
  help: "Show the log while the run goes on, and a summary."
}
/** How much a run may take. */
export const LIMITS: readonly OptionSpec[] = [
  {
    name: "--workers",
    takes: "word",
    word: "N",
    type: "int",
    isOurs: true,
    help: "Threads that run lines (PF_WORKER_COUNT). Default: up to 4, as cores and lines allow."
  },
  {
    name: "--concurrency",
    takes: "word",
    word: "N",
    type: "int",
    isOurs: true,
    help: "Most lines in flight where lines wait, as for a model. Default: 64."
  },
  {
    name: "--line-timeout",
    takes: "word",
    word: "SECONDS",
    type: "number",
    isOurs: true,
    help: "Time for one line (PF_LINE_TIMEOUT_SEC). Default: 600."
  },
  {
    name: "--timeout",
    takes: "word",
    word: "SECONDS",
    type: "number",
    isOurs: true,
    help: "Time for the whole run (PF_BATCH_TIMEOUT_SEC). Default: none."
  },
  {
    name: "--max-output",
    takes: "word",
    word: "MB",
    type: "number",
    isOurs: true,
    help: "Most megabytes of one line's output. Default: 8."
  },
  {
    name: "--worker-memory",
    takes: "word",
    word: "MB",
    type: "number",
    isOurs: true,
    help: "Heap of each thread; the line that fills it fails. Default: Node's."
  },
  {
    name: "--isolation",
    takes: "word",
    word: "HOW",
    choices: ["thread", "process"],
    isOurs: true,
    help: "Where JavaScript runs: thread (default), or a process, which contains segfaults too."
  },
  {
    name: "--grace",
    takes: "word",
    word: "SECONDS",
    type: "number",
    isOurs: true,
    help: "Time for lines in flight after Ctrl+C. Default: 5."
  }
]
export const DURABILITY: OptionSpec = {
  name: "--durability",
  takes: "word",
  word: "HOW",
  choices: ["process", "power", "none"],
  isOurs: true,
  help: "What finished lines survive: the death of the process (default), a power cut too, or whatever comes."
}
export const RERUN_NODES: OptionSpec = {
  name: "--rerun-nodes",
  takes: "words?",
  word: "NODE",
  isOurs: true,
  help: "Call these nodes again in lines that were not done, although their results were kept; without names: all nodes."
}
export const ALLOW_CHANGED: OptionSpec = {
  name: "--allow-changed",
  takes: "nothing",
  isOurs: true,
  help: "Go on although the flow, its files, the data or the engine changed since the run was begun."
}
/** What is shown of a run that goes on, and what its lines mean for the exit code. */
export const WATCHING: readonly OptionSpec[] = [
  {
    name: "--fail-on-line-error",
    takes: "word?",
    word: "N|N%",
    type: "lines",
    isOurs: true,
    help: "Exit with 3 when a line failed; with =N or =N% when so many lines failed, or more."
  },
  {
    name: "--progress",
    takes: "word",
    word: "HOW",
    choices: ["auto", "plain", "none"],
    isOurs: true,
    help: "auto (a bar on a terminal), plain lines, or none."
  }
]

export const INIT: OptionSpec = {
  name: "--init",
  takes: "words",
  word: "KEY=VALUE",
  help: "Arguments of a flex flow's class."
}

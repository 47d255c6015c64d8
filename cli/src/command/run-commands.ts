// `throughline run …`: what its commands take, as data. The commands themselves are loaded when they are called.

import type { CommandSpec, GroupSpec, OptionSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"
import { CONNECTIONS_FILE } from "./connections-file.ts"
import {
  ALL_RESULTS,
  ALLOW_CHANGED,
  DURABILITY,
  INIT,
  LIMITS,
  MAX_RESULTS,
  NAME,
  RERUN_NODES,
  SET,
  STREAM,
  WATCHING
} from "./run-options.ts"

const create: CommandSpec = {
  name: "run create",
  summary: "Run a flow over every line of a data file.",
  options: [
    {
      name: "--file",
      aliases: ["-f"],
      takes: "word",
      word: "YAML",
      help: "A run definition; paths in it are relative to it."
    },
    { name: "--flow", takes: "word", word: "PATH", help: "The flow's folder or file, or an entry: module:name." },
    { name: "--data", takes: "word", word: "PATH", help: "JSONL, JSON, CSV or TSV file, or a folder of such files." },
    {
      name: "--column-mapping",
      takes: "words",
      word: "INPUT=VALUE",
      help: "Where each flow input comes from: '${data.COLUMN}', or a constant. INPUT:=JSON gives a constant that is no text."
    },
    { name: "--name", aliases: ["-n"], takes: "word", word: "NAME", help: "Name of the run; has to be new." },
    { ...SET, help: "display_name=…, description=…, tags.KEY=…, over what the file says." },
    { name: "--variant", takes: "word", word: "'${NODE.VARIANT}'", help: "Run this variant of one node." },
    STREAM,
    {
      name: "--run",
      takes: "word",
      word: "NAME",
      help: "A completed run: its outputs are '${run.outputs.COLUMN}', its data '${run.inputs.COLUMN}'."
    },
    {
      name: "--connections",
      takes: "words",
      word: "NODE.KEY=VALUE",
      help: "Other connections of nodes; KEY may be deployment_name or model, too."
    },
    {
      name: "--environment-variables",
      takes: "words?",
      word: "KEY=VALUE",
      help: "Environment of the flow, over what its file says; or one .env file; alone: the nearest .env. ${CONNECTION.KEY} is a field of a connection."
    },
    INIT,
    {
      name: "--resume-from",
      takes: "word",
      word: "NAME",
      help: "A new run that takes over what completed in this one; flow, data and mapping are its own."
    },
    { name: "--source", takes: "word", word: "FOLDER", help: "Register an existing run folder.", isNotYet: true },
    ...LIMITS,
    DURABILITY,
    RERUN_NODES,
    {
      name: "--compat",
      takes: "word",
      word: "HOW",
      choices: ["pandas-data"],
      isOurs: true,
      help: "pandas-data: read JSON and JSONL as promptflow does, with NaN for gaps, floats for integers, times for dates."
    },
    {
      name: "--max-lines",
      takes: "word",
      word: "N",
      type: "int",
      isOurs: true,
      help: "Take only the first N lines of the data."
    },
    {
      name: "--dry-run",
      takes: "nothing",
      isOurs: true,
      help: "Run nothing: open the data, try the mapping, and show the first line's inputs."
    },
    CONNECTIONS_FILE,
    ...WATCHING,
    ...COMMON_OPTIONS
  ],
  examples: [
    "# Run a flow over a data file (PowerShell: `${data.question}` with a backtick; cmd: no quotes):",
    "throughline run create --flow ./my-flow --data ./data.jsonl --column-mapping question='${data.question}'",
    "# The same from a file, with other data and a name:",
    "throughline run create --file run.yaml --data ./more.jsonl --name nightly",
    "# See what the first line would get, before anything runs:",
    "throughline run create --file run.yaml --dry-run",
    "# In a pipeline: fail the job when a tenth of the lines failed:",
    "throughline run create --file run.yaml --fail-on-line-error=10%"
  ],
  load: () => import("../run/create.ts")
}

const list: CommandSpec = {
  name: "run list",
  summary: "List runs, newest first.",
  options: [
    { ...MAX_RESULTS, help: "Show at most N runs. Default: 50." },
    ALL_RESULTS,
    { name: "--archived-only", takes: "nothing", help: "Only archived runs." },
    { name: "--include-archived", takes: "nothing", help: "Archived runs too." },
    {
      name: "--output",
      aliases: ["-o"],
      takes: "word",
      word: "FORMAT",
      choices: ["json", "table"],
      help: "json (default) or table."
    },
    ...COMMON_OPTIONS
  ],
  examples: [
    "throughline run list --output table",
    "throughline run list -r 10 | jq '.[] | select(.status == \"Failed\") | .name'"
  ],
  load: () => import("../run/list.ts")
}

const showDetails: CommandSpec = {
  name: "run show-details",
  summary: "Show the inputs and outputs of a run's lines.",
  takesRunName: true,
  options: [
    NAME,
    { ...MAX_RESULTS, help: "Show at most N lines. Default: 100." },
    ALL_RESULTS,
    {
      name: "--output",
      aliases: ["-o"],
      takes: "word",
      word: "FORMAT",
      choices: ["table", "json", "jsonl"],
      isOurs: true,
      help: "table (default), json or jsonl."
    },
    ...COMMON_OPTIONS
  ],
  examples: [
    "throughline run show-details --name nightly",
    "throughline run show-details nightly -o jsonl --all-results > lines.jsonl"
  ],
  load: () => import("../run/show-details.ts")
}

const resume: CommandSpec = {
  name: "run resume",
  summary: "Go on with a run that was interrupted, canceled, or failed as a whole.",
  takesRunName: true,
  options: [
    NAME,
    STREAM,
    INIT,
    ALLOW_CHANGED,
    DURABILITY,
    RERUN_NODES,
    CONNECTIONS_FILE,
    ...LIMITS,
    ...WATCHING,
    ...COMMON_OPTIONS
  ],
  examples: [
    "# In place: finished lines are not run again, and output.jsonl goes on where it was cut:",
    "throughline run resume nightly"
  ],
  load: () => import("../run/resume.ts")
}

const named = (
  word: string,
  summary: string,
  load: CommandSpec["load"],
  more: readonly OptionSpec[] = [],
  example = ""
): CommandSpec => ({
  name: `run ${word}`,
  summary,
  takesRunName: true,
  options: [NAME, ...more, ...COMMON_OPTIONS],
  examples: [`throughline run ${word} --name nightly${example}`],
  ...(load === undefined ? {} : { load })
})

const notYet = (word: string, summary: string): CommandSpec => ({
  name: `run ${word}`,
  summary,
  options: [],
  examples: []
})

export const RUN_COMMANDS: GroupSpec = {
  name: "run",
  summary: "Run flows over data and look at the results.",
  commands: [
    create,
    resume,
    list,
    named("show", "Show a run.", () => import("../run/show.ts")),
    showDetails,
    named("show-metrics", "Show the metrics that a run logged.", () => import("../run/show-metrics.ts")),
    named("stream", "Follow a run to its end.", () => import("../run/stream.ts")),
    named(
      "update",
      "Change a run's display name, description or tags.",
      () => import("../run/update.ts"),
      [SET],
      " --set display_name='Nightly run' tags.model=gpt-4"
    ),
    named("archive", "Hide a run from the list.", () => import("../run/archive.ts")),
    named("restore", "Bring an archived run back.", () => import("../run/restore.ts")),
    named(
      "delete",
      "Delete a run and its folder for good.",
      () => import("../run/delete.ts"),
      [{ name: "--yes", aliases: ["-y", "--assume-yes"], takes: "nothing", help: "Do not ask." }],
      " --yes"
    ),
    named(
      "export",
      "Write a run's whole folder from the journal, the files of single lines too.",
      () => import("../run/export.ts"),
      [
        {
          name: "--output",
          aliases: ["-o"],
          takes: "word",
          word: "FOLDER",
          isOurs: true,
          help: "Where to; absent or empty. Default: the run's own folder."
        }
      ],
      " --output ./nightly"
    ),
    named("pause", "Begin no further line of a run; `run resume` goes on.", () => import("../run/pause.ts")),
    named(
      "cancel",
      "Cancel a run from another terminal, or one line of it.",
      () => import("../run/cancel.ts"),
      [
        {
          name: "--line",
          takes: "word",
          word: "K",
          type: "int",
          isOurs: true,
          help: "Only the line with this number."
        },
        { name: "--requeue", takes: "nothing", isOurs: true, help: "Begin that line again, alone." }
      ],
      " --line 7"
    ),
    named(
      "tune",
      "Change how many lines of a run may be in flight.",
      () => import("../run/tune.ts"),
      [
        {
          name: "--concurrency",
          takes: "word",
          word: "N",
          type: "int",
          isOurs: true,
          help: "Most lines in flight where lines wait."
        }
      ],
      " --concurrency 8"
    ),
    notYet("visualize", "Compare runs on a page.")
  ]
}

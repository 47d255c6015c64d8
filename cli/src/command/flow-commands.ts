// `throughline flow …`: what its commands take, as data.

import type { CommandSpec, GroupSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"
import { CONNECTIONS_FILE } from "./connections-file.ts"

const test: CommandSpec = {
  name: "flow test",
  summary: "Run a flow once and print its output.",
  options: [
    {
      name: "--flow",
      takes: "word",
      word: "PATH",
      isRequired: true,
      help: "The flow's folder or file, or an entry: module:name."
    },
    {
      name: "--inputs",
      takes: "words",
      word: "INPUT=VALUE",
      help: "Flow inputs; or one .json file, or a .jsonl file whose first line is taken. INPUT:=JSON gives a value that is no text."
    },
    { name: "--input", takes: "word", word: "FILE", isHidden: true, help: "A .jsonl file; --inputs wins over it." },
    { name: "--variant", takes: "word", word: "'${NODE.VARIANT}'", help: "Run this variant of one node." },
    {
      name: "--line-timeout",
      takes: "word",
      word: "SECONDS",
      type: "number",
      isOurs: true,
      help: "Time for the flow. Default: 600."
    },
    {
      name: "--node",
      takes: "word",
      word: "NODE",
      help: "Run this node alone; --inputs are then its own, or inputs.NAME and NODE.output for what it refers to."
    },
    { name: "--interactive", takes: "nothing", help: "Chat with a chat flow: each line of stdin is a turn." },
    { name: "--ui", takes: "nothing", help: "Chat on a page.", isNotYet: true },
    { name: "--multi-modal", takes: "nothing", help: "Chat on a page.", isHidden: true, isNotYet: true },
    {
      name: "--environment-variables",
      takes: "words?",
      word: "KEY=VALUE",
      help: "Environment of the flow, over what its file says; or one .env file; alone: the nearest .env. ${CONNECTION.KEY} is a field of a connection."
    },
    { name: "--init", takes: "words", word: "KEY=VALUE", help: "Arguments of a flex flow's class." },
    { name: "--collection", takes: "word", word: "NAME", help: "Collection of traces.", isNotYet: true },
    { name: "--detail", takes: "word", word: "FOLDER", help: "Where the details go.", isHidden: true, isNotYet: true },
    { name: "--experiment", takes: "word", word: "FILE", help: "Experiment.", isHidden: true, isNotYet: true },
    CONNECTIONS_FILE,
    ...COMMON_OPTIONS
  ],
  examples: [
    "throughline flow test --flow ./my-flow --inputs question='What is a flow?' count=3",
    "throughline flow test --flow ./my-flow --inputs inputs.json",
    "throughline flow test --flow ./my-flow --inputs question=hi --variant '${summarize.variant_1}'"
  ],
  load: () => import("../flow/test.ts")
}

const validate: CommandSpec = {
  name: "flow validate",
  summary: "Check a flow's files without running anything.",
  options: [
    {
      name: "--source",
      takes: "word",
      word: "PATH",
      isRequired: true,
      help: "The flow's folder, or its flow.dag.yaml."
    },
    {
      name: "--check-connections",
      takes: "nothing",
      isOurs: true,
      help: "A connection that is not there is an error, not a warning."
    },
    ...COMMON_OPTIONS
  ],
  examples: ["throughline flow validate --source ./my-flow"],
  load: () => import("../flow/validate.ts")
}

const init: CommandSpec = {
  name: "flow init",
  summary: "Write a new flow from a template.",
  options: [
    { name: "--flow", takes: "word", word: "FOLDER", isRequired: true, help: "The folder to write; made when absent." },
    {
      name: "--type",
      takes: "word",
      word: "TEMPLATE",
      choices: ["standard", "evaluation", "chat"],
      help: "standard (default), evaluation, or chat."
    },
    {
      name: "--language",
      takes: "word",
      word: "LANGUAGE",
      choices: ["python", "typescript"],
      isOurs: true,
      help: "Language of the tools: python (default) or typescript."
    },
    { name: "--connection", takes: "word", word: "NAME", help: "Connection of the chat template.", isHidden: true },
    { name: "--deployment", takes: "word", word: "NAME", help: "Model of the chat template.", isHidden: true },
    { name: "--entry", takes: "word", word: "FILE", help: "Make a flow of this file.", isNotYet: true },
    { name: "--function", takes: "word", word: "NAME", help: "The function of --entry.", isNotYet: true },
    { name: "--prompt-template", takes: "words", word: "KEY=FILE", help: "Prompts of --entry.", isNotYet: true },
    { name: "--yes", aliases: ["--assume-yes", "-y"], takes: "nothing", help: "Do not ask when the folder exists." },
    ...COMMON_OPTIONS
  ],
  examples: [
    "throughline flow init --flow ./my-flow",
    "throughline flow init --flow ./my-evaluation --type evaluation --language typescript",
    "throughline flow init --flow ./my-chat --type chat"
  ],
  load: () => import("../flow/init.ts")
}

const notYet = (word: string, summary: string): CommandSpec => ({
  name: `flow ${word}`,
  summary,
  options: [],
  examples: []
})

export const FLOW_COMMANDS: GroupSpec = {
  name: "flow",
  summary: "Try and check flows.",
  commands: [
    init,
    test,
    validate,
    notYet("save", "Write the file of a flex flow."),
    notYet("serve", "Answer requests with a flow."),
    notYet("build", "Pack a flow for deployment.")
  ]
}

// `throughline connection …`: what its commands take, as data.

import type { CommandSpec, GroupSpec, OptionSpec } from "./command-spec.ts"
import { COMMON_OPTIONS } from "./common-options.ts"

const NAME: OptionSpec = {
  name: "--name",
  aliases: ["-n"],
  takes: "word",
  word: "NAME",
  help: "Name of the connection.",
  isRequired: true
}
const SET: OptionSpec = {
  name: "--set",
  takes: "words",
  word: "FIELD=VALUE",
  help: "Fields over what there is: api_key=…, configs.KEY=…, secrets.KEY=…"
}

const create: CommandSpec = {
  name: "connection create",
  summary: "Store a connection; one of the same name is replaced.",
  options: [
    {
      name: "--file",
      aliases: ["-f"],
      takes: "word",
      word: "FILE",
      isRequired: true,
      help: "A .yaml file of its fields, or a .env file whose variables become the secrets of a custom connection."
    },
    { ...NAME, isRequired: false, help: "Name of the connection, over the file's." },
    SET,
    ...COMMON_OPTIONS
  ],
  examples: [
    "throughline connection create --file openai.yaml --set api_key=$OPENAI_API_KEY --name my_openai",
    "# Secrets that the file leaves empty are asked for; ${env:NAME} is looked up when the connection is used.",
    "throughline connection create --file .env --name my_settings"
  ],
  load: () => import("../connection/create.ts")
}

const update: CommandSpec = {
  name: "connection update",
  summary: "Change fields of a stored connection.",
  options: [NAME, SET, ...COMMON_OPTIONS],
  examples: ["throughline connection update --name my_openai --set api_key='<user-input>'"],
  load: () => import("../connection/update.ts")
}

const list: CommandSpec = {
  name: "connection list",
  summary: "List the stored connections, oldest first. Secrets are not shown.",
  options: [
    {
      name: "--max-results",
      aliases: ["-r"],
      takes: "word",
      word: "N",
      type: "int",
      help: "Show at most N. Default: 50."
    },
    { name: "--all-results", takes: "nothing", help: "Show all." },
    ...COMMON_OPTIONS
  ],
  examples: ["throughline connection list | jq -r '.[].name'"],
  load: () => import("../connection/list.ts")
}

export const CONNECTION_COMMANDS: GroupSpec = {
  name: "connection",
  summary: "Store what flows need to reach models and other services.",
  commands: [
    create,
    update,
    {
      name: "connection show",
      summary: "Show a connection without its secrets.",
      options: [NAME, ...COMMON_OPTIONS],
      examples: ["throughline connection show --name my_openai"],
      load: () => import("../connection/show.ts")
    },
    list,
    {
      name: "connection delete",
      summary: "Delete a connection.",
      options: [
        NAME,
        { name: "--yes", aliases: ["-y", "--assume-yes"], takes: "nothing", help: "Do not ask." },
        ...COMMON_OPTIONS
      ],
      examples: ["throughline connection delete --name my_openai --yes"],
      load: () => import("../connection/delete.ts")
    }
  ]
}

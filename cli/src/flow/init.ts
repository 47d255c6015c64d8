// `flow init`: a new flow from a template. Says what it writes, on stdout, as promptflow does.

import { existsSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { makeFolder } from "@throughline/core/data"
import type { Arguments } from "../command/arguments.ts"
import { askYesOrNo } from "../command/ask.ts"
import { note, printResult } from "../command/print.ts"
import { type FlowTemplate, type TemplateLanguage, templateFiles } from "./templates.ts"

export async function run(args: Arguments): Promise<number> {
  const given = args.needed("--flow")
  const folder = resolve(given)
  const template = (args.text("--type") ?? "standard") as FlowTemplate
  if (existsSync(folder) && !args.has("--yes")) {
    const question = "The flow folder already exists, do you want to create the flow in this existing folder? [y/n]"
    const answer = await askYesOrNo(question)
    if (answer !== "y") {
      note("The 'init' command has been cancelled.")
      return answer === undefined ? 1 : 0
    }
  }
  const files = templateFiles(template, (args.text("--language") ?? "python") as TemplateLanguage, {
    connection: args.text("--connection") ?? "open_ai_connection",
    deployment: args.text("--deployment") ?? "gpt-35-turbo"
  })
  makeFolder(folder)
  await printResult("Creating flow from scratch...")
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await printResult(`${existsSync(path) ? "Overwriting" : "Creating"} ${path}...`)
    writeFileSync(path, text)
  }
  await printResult(`Done. Created ${template} flow folder: ${folder}.`)
  const inputs = template === "chat" ? '--inputs question="What is a flow?"' : `--inputs ${join(given, "data.jsonl")}`
  await printResult(`You can execute this command to test the flow, throughline flow test --flow ${given} ${inputs}`)
  return 0
}

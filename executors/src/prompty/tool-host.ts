// Runs prompties in this thread: a `.prompty` file that is a flow of its own, or a node's source. Its calls wait for the
// model beside each other; no Python is needed.

import { join } from "node:path"
import {
  type NodePlan,
  type OpenToolHost,
  type PreparedTool,
  ToolFailure,
  type ToolHostContext,
  ToolLoadFailure
} from "@throughline/core/contracts"
import { pythonInputs } from "../prompt/python-values.ts"
import { type Answer, callPrompty } from "./call-prompty.ts"
import { asScriptFailure } from "./failures.ts"
import { type Json, loadPrompty, type Prompty } from "./load-prompty.ts"

const openToolHost: OpenToolHost = async (context) => ({
  prepare: async (node) => prepare(context, node),
  close: async () => {}
})
export default openToolHost

function prepare(context: ToolHostContext, node: NodePlan): PreparedTool {
  const prompty = load(context, node)
  const isFlow = context.plan.kind === "prompty"
  return {
    parameters: [...prompty.inputs].map(([name, { hasDefault }]) => ({ name, hasDefault })),
    takesForeign: true,
    mayWait: true,
    call: async (given, call) => {
      try {
        const inputs = isFlow ? pythonInputs(given, asTheyAre) : pythonInputs(given)
        return await outputOf(await callPrompty(prompty, inputs, context, call))
      } catch (error) {
        throw isFlow && error instanceof ToolFailure ? asScriptFailure(error) : error
      }
    }
  }
}

/** To a prompty that is a flow, an image's form in the data is a value like any other. */
const asTheyAre = (value: unknown): unknown => value

/** For a flow, init arguments stand over the file's front matter, as promptflow passes them on. */
function load({ plan, initKwargs }: ToolHostContext, node: NodePlan): Prompty {
  try {
    return loadPrompty({ path: join(plan.workingDir, node.path), overrides: initKwargs as Json, env: process.env })
  } catch (error) {
    throw error instanceof ToolFailure ? new ToolLoadFailure(error.record) : error
  }
}

async function outputOf(answer: Answer): Promise<unknown> {
  switch (answer.kind) {
    case "value":
      return answer.value
    case "response":
      return { output: answer.response }
    case "pieces": {
      let text = ""
      for await (const piece of answer.pieces) text += piece
      return text
    }
    case "events": {
      const events: Json[] = []
      for await (const event of answer.events) events.push(event)
      return { output: events }
    }
  }
}

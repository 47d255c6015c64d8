// promptflow's own model tools that nodes name as package tools: `source: {type: package, tool: ID}`. Run here, they need
// neither Python nor the package.

import { CONNECTION_TYPES } from "@throughline/core/contracts"
import { type ParameterTypes, parametersOf } from "./tool-parameters.ts"

export interface PackageTool {
  readonly kind: "embedding" | "llm" | "vision"
  readonly module: string
  /** Classes of connections that it takes. */
  readonly accepts: readonly string[]
  /** Beside `connection`. */
  readonly types: ParameterTypes
}

const AZURE = CONNECTION_TYPES.azure_open_ai.className
const OPENAI = CONNECTION_TYPES.open_ai.className
const SERVERLESS = CONNECTION_TYPES.serverless.className

const MODELS: ParameterTypes = { deployment_name: "string", model: "string" }
const VISION: ParameterTypes = {
  temperature: "double",
  top_p: "double",
  stop: "list",
  max_tokens: "int",
  presence_penalty: "double",
  frequency_penalty: "double",
  seed: "int",
  detail: "string"
}

const TOOLS: Readonly<Record<string, PackageTool>> = {
  "promptflow.tools.embedding.embedding": {
    kind: "embedding",
    module: "promptflow.tools.embedding",
    accepts: [AZURE, OPENAI, SERVERLESS],
    types: { ...MODELS, input: "string" }
  },
  "promptflow.tools.llm.llm": {
    kind: "llm",
    module: "promptflow.tools.llm",
    accepts: [AZURE, OPENAI, SERVERLESS],
    types: { api: "string", ...MODELS, ...parametersOf("OpenAI", "completion"), ...parametersOf("OpenAI", "chat") }
  },
  "promptflow.tools.aoai_gpt4v.AzureOpenAI.chat": {
    kind: "vision",
    module: "promptflow.tools.aoai_gpt4v",
    accepts: [AZURE],
    types: { deployment_name: "string", ...VISION }
  },
  "promptflow.tools.openai_gpt4v.OpenAI.chat": {
    kind: "vision",
    module: "promptflow.tools.openai_gpt4v",
    accepts: [OPENAI],
    types: { model: "string", ...VISION }
  },
  "promptflow.tools.llm_vision.llm_vision": {
    kind: "vision",
    module: "promptflow.tools.llm_vision",
    accepts: [AZURE, OPENAI],
    types: { ...MODELS, ...VISION }
  }
}

export const findPackageTool = (id: string): PackageTool | undefined =>
  Object.hasOwn(TOOLS, id) ? TOOLS[id] : undefined

// The connection of a call that names none, from the variables that the vendors' own clients read.

import type { Connection } from "@throughline/core/contracts"

type Environment = Readonly<Record<string, string | undefined>>
type Kind = "open_ai" | "azure_open_ai"

export function connectionFromEnvironment(
  kind: Kind | undefined,
  env: Environment = process.env
): Connection | undefined {
  if (kind !== "azure_open_ai" && isSet(env.OPENAI_API_KEY)) {
    return {
      name: "OPENAI_API_KEY",
      type: "open_ai",
      configs: given({ base_url: env.OPENAI_BASE_URL, organization: env.OPENAI_ORG_ID }),
      secrets: { api_key: env.OPENAI_API_KEY }
    }
  }
  if (kind !== "open_ai" && isSet(env.AZURE_OPENAI_ENDPOINT)) {
    return {
      name: "AZURE_OPENAI_ENDPOINT",
      type: "azure_open_ai",
      configs: given({ api_base: env.AZURE_OPENAI_ENDPOINT, api_version: env.OPENAI_API_VERSION }),
      secrets: given({ api_key: env.AZURE_OPENAI_API_KEY })
    }
  }
  return undefined
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ""

const given = (values: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => isSet(entry[1])))

// promptflow's kinds of connection: their names in YAML and in Python, and their fields.

export interface ConnectionField {
  readonly key: string
  /** What it is when it is not given. */
  readonly default?: string
  readonly isRequired?: boolean
}

export interface ConnectionTypeSpec {
  /** promptflow's class. */
  readonly className: string
  /** The Python module of the class. */
  readonly module: string
  readonly configs: readonly ConnectionField[]
  readonly secrets: readonly ConnectionField[]
  /** True where `configs` and `secrets` are maps of any names. */
  readonly isOpen?: boolean
}

export type ConnectionType =
  | "azure_open_ai"
  | "open_ai"
  | "serverless"
  | "serp"
  | "cognitive_search"
  | "azure_ai_services"
  | "azure_content_safety"
  | "form_recognizer"
  | "qdrant"
  | "weaviate"
  | "custom"

const MODULE = "promptflow.connections"
const VECTOR_MODULE = "promptflow_vectordb.connections"
const API_KEY: ConnectionField = { key: "api_key", isRequired: true }
const AUTH_MODE: ConnectionField = { key: "auth_mode", default: "key" }

/** A type with `auth_mode` needs its key only where that is `key`. */
export const CONNECTION_TYPES: Readonly<Record<ConnectionType, ConnectionTypeSpec>> = {
  azure_open_ai: {
    className: "AzureOpenAIConnection",
    module: MODULE,
    configs: [
      AUTH_MODE,
      { key: "api_base", isRequired: true },
      { key: "api_type", default: "azure" },
      { key: "api_version", default: "2024-02-01" },
      { key: "resource_id" }
    ],
    secrets: [API_KEY]
  },
  open_ai: {
    className: "OpenAIConnection",
    module: MODULE,
    configs: [{ key: "organization" }, { key: "base_url" }],
    secrets: [API_KEY]
  },
  serverless: {
    className: "ServerlessConnection",
    module: MODULE,
    configs: [{ key: "api_base", isRequired: true }],
    secrets: [API_KEY]
  },
  serp: { className: "SerpConnection", module: MODULE, configs: [], secrets: [API_KEY] },
  cognitive_search: {
    className: "CognitiveSearchConnection",
    module: MODULE,
    configs: [AUTH_MODE, { key: "api_base", isRequired: true }, { key: "api_version", default: "2023-11-01" }],
    secrets: [API_KEY]
  },
  azure_ai_services: {
    className: "AzureAIServicesConnection",
    module: MODULE,
    configs: [AUTH_MODE, { key: "endpoint", isRequired: true }],
    secrets: [API_KEY]
  },
  azure_content_safety: {
    className: "AzureContentSafetyConnection",
    module: MODULE,
    configs: [
      { key: "endpoint", isRequired: true },
      { key: "api_version", default: "2023-10-01" },
      { key: "api_type", default: "Content Safety" }
    ],
    secrets: [API_KEY]
  },
  form_recognizer: {
    className: "FormRecognizerConnection",
    module: MODULE,
    configs: [
      { key: "endpoint", isRequired: true },
      { key: "api_version", default: "2023-07-31" },
      { key: "api_type", default: "Form Recognizer" }
    ],
    secrets: [API_KEY]
  },
  qdrant: {
    className: "QdrantConnection",
    module: VECTOR_MODULE,
    configs: [{ key: "api_base", isRequired: true }],
    secrets: [API_KEY]
  },
  weaviate: {
    className: "WeaviateConnection",
    module: VECTOR_MODULE,
    configs: [{ key: "api_base", isRequired: true }],
    secrets: [API_KEY]
  },
  custom: { className: "CustomConnection", module: MODULE, configs: [], secrets: [], isOpen: true }
}

/** The type whose class it is; a strong type is a custom connection until a tool asks for its class. */
export function connectionTypeOfClass(className: string): ConnectionType | undefined {
  if (className === "CustomStrongTypeConnection") return "custom"
  return (Object.keys(CONNECTION_TYPES) as ConnectionType[]).find(
    (type) => CONNECTION_TYPES[type].className === className
  )
}

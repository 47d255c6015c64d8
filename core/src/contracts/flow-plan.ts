// What a flow file means, as plain data: made once by `core/flow`, cloned into every thread, walked by `core/walk`.

/** Where something stands in a file. 1-based. `file` is relative to the flow folder. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** promptflow's input types, with its exact spellings; `any` is ours, for a value that is taken as it is given. */
export type InputType =
  | "any"
  | "int"
  | "double"
  | "bool"
  | "string"
  | "list"
  | "object"
  | "secret"
  | "prompt_template"
  | "file_path"
  | "image"
  | "assistant_definition"

export interface InputDefinition {
  readonly name: string
  readonly type: InputType
  /** False when the file gives no default, or `null`; `default` then means nothing. */
  readonly hasDefault: boolean
  /** `undefined` beside a true `hasDefault`: the code has a default of its own, and the input may be left out. */
  readonly default: unknown
  /** JSON text of the default, where it holds floats that are whole (`[1.0]`): a JavaScript number is no float then. */
  readonly defaultJson?: string
  readonly description: string
  readonly isChatInput: boolean
  /** `undefined` where the file does not say. */
  readonly isChatHistory: boolean | undefined
  readonly place: SourcePlace
}

/** One step into a value: a text is a key (or an attribute of a foreign object), a number an index. */
export type PathStep = string | number

/** Where a node input, an `activate.when` or a flow output takes its value from. */
export type Binding =
  /** `json` is the value's JSON text, where it holds floats that are whole. */
  | { readonly kind: "literal"; readonly value: unknown; readonly json?: string }
  | { readonly kind: "input"; readonly name: string }
  | {
      readonly kind: "node"
      /** Index into `FlowPlan.nodes`. */
      readonly node: number
      readonly path: readonly PathStep[]
      /** The canonical reference text, `${node.output.property}`: the key of aggregation inputs. */
      readonly text: string
    }

export interface NodeInput {
  readonly name: string
  readonly binding: Binding
  readonly place: SourcePlace
}

/** The literal input of a prompt's node that names those of its inputs that are bound to flow inputs. */
export const INPUTS_TO_ESCAPE = "_inputs_to_escape"

export interface NodePlan {
  readonly name: string
  /** `python`, `prompt`, `javascript`, or a type that a registered executor runs. */
  readonly type: string
  /** The tool's file, relative to the flow folder: a script, or a template. Empty for a package tool without one. */
  readonly path: string
  /** The id of a tool that an installed package brings (`source.tool`). */
  readonly packageTool?: string
  /** A Python module that is imported before the tool is loaded (`module`). */
  readonly module?: string
  /** What an `llm` node says of its call. */
  readonly model?: ModelChoice
  readonly inputs: readonly NodeInput[]
  readonly activate: { readonly when: Binding; readonly is: unknown } | undefined
  readonly aggregation: boolean
  /** Indexes of the nodes that inputs and `activate.when` refer to, ascending, each once. */
  readonly dependencies: readonly number[]
  readonly place: SourcePlace
  /** Where `source.path` stands: errors about the tool's file point here. */
  readonly sourcePlace: SourcePlace
}

export interface ModelChoice {
  /** Name of the connection. Absent: the environment's. */
  readonly connection?: string
  /** `chat` or `completion`; what else there is, the host refuses. */
  readonly api?: string
  /** Which of the environment's connections is meant where none is named: `AzureOpenAI` or `OpenAI`. */
  readonly provider?: string
}

export interface OutputDefinition {
  readonly name: string
  readonly type: string
  readonly binding: Binding
  readonly evaluationOnly: boolean
  readonly isChatOutput: boolean
  readonly place: SourcePlace
}

/** A file or folder from elsewhere that stands in the flow's folder, under its own name, when the flow runs. */
export interface Include {
  /** Absolute. */
  readonly from: string
  readonly name: string
  /** `zip`: the folder is packed into a file of that name. */
  readonly kind: "file" | "folder" | "zip"
}

export type MessageFormat = "basic" | "openai-vision"

/** What the code behind a flex flow's entry says of itself, as its language tells it. */
export interface EntryDescription {
  readonly inputs: ReadonlyArray<Pick<InputDefinition, "name" | "type" | "hasDefault" | "default">>
  /** Names of the constructor's parameters; empty for a function. */
  readonly init: readonly string[]
  /** True when the entry's class has `__aggregate__`. */
  readonly hasAggregation: boolean
}

/** Where the values of a flex flow come from when its caller gives none. References (`${file:…}`, `${env:…}`) stand as written. */
export interface FlowSample {
  readonly inputs: unknown
  readonly init: unknown
}

export interface FlowPlan {
  /**
   * `dag`: nodes and outputs are the file's. `flex`, `prompty`: the first node is the entry, whose value is the line's
   * whole output; a second, if there is one, aggregates the lines' outputs. They are no nodes to a user.
   */
  readonly kind: "dag" | "flex" | "prompty"
  readonly name: string
  /** `default_flow_id` unless the file has an `id`. */
  readonly flowId: string
  /** Absolute path of the flow file. */
  readonly flowFile: string
  /** Absolute path of the flow folder: tools run with it as their current directory. */
  readonly workingDir: string
  readonly language: string
  readonly inputs: readonly InputDefinition[]
  /** Without those that refer to aggregation nodes, which promptflow drops with a warning. */
  readonly outputs: readonly OutputDefinition[]
  /** In topological order: a node stands after everything it depends on; ties keep the file's order. */
  readonly nodes: readonly NodePlan[]
  /** What stands beside the flow's files when it runs, in the order of the file. Absent: nothing. */
  readonly includes?: readonly Include[]
  /** How images are written in data: by promptflow's own keys, or as in OpenAI's messages. Absent: `basic`. */
  readonly messageFormat?: MessageFormat
  /** Absent for a DAG. */
  readonly sample?: FlowSample
  /** Defaults of the constructor's arguments, of a flex flow that declares them. */
  readonly init?: Readonly<Record<string, unknown>>
  /** Texts, as the process environment wants them; `${connection.key}` stands for a field of a connection. */
  readonly environmentVariables: Readonly<Record<string, string>>
  /** Things worth telling, none of which stops the flow. */
  readonly warnings: readonly FlowIssue[]
}

/** One thing wrong (or worth a warning) in a flow file. */
export interface FlowIssue {
  /** promptflow's error class: `NodeReferenceNotFound`, `InvalidSource` … */
  readonly code: string
  readonly message: string
  readonly place: SourcePlace
  readonly hint?: string
}

/** The column expressions of a run: flow input name → literal, or `${source.column}`. */
export type ColumnMapping = Readonly<Record<string, unknown>>

/** Node name → connection input (or `connection`, `deployment_name`, `model`) → what it is to be. */
export type ConnectionOverrides = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What may be other than the flow file says. */
export interface FlowOverrides {
  /** `${node.variant}`: that variant for that node, the default ones elsewhere. */
  readonly variant?: string
  /** Over those of the flow file. */
  readonly environmentVariables?: Readonly<Record<string, string>>
  readonly connectionOverrides?: ConnectionOverrides
}

// Turns the yaml of a flex flow, or a bare entry, into a `FlowPlan` of one node: the entry, whose value is the line's
// whole output. What only the entry's code can tell (its parameters, its aggregation) is added by `completePlan`; the
// code is not looked at here.

import path from "node:path"
import { InvalidFlow } from "../contracts/errors.ts"
import type {
  EntryDescription,
  FlowIssue,
  FlowOverrides,
  FlowPlan,
  FlowSample,
  InputDefinition,
  NodePlan,
  SourcePlace
} from "../contracts/flow-plan.ts"
import { defaultFlowName, readLanguage } from "./flow-facts.ts"
import type { IssueList } from "./issue-list.ts"
import { isPythonEntry, isScriptEntry } from "./parse-entry.ts"
import { readEnvironment } from "./read-environment.ts"
import { asMap, asText, mapEntries, presentField, readNote, warnUnknownFields } from "./read-fields.ts"
import { readIncludes } from "./read-includes.ts"
import { readInputs } from "./read-inputs.ts"
import { BrokenReference, resolveReferences } from "./resolve-references.ts"
import { toPlain, type YamlMap } from "./yaml-value.ts"

export interface FlexOptions extends FlowOverrides {
  /** Absolute. */
  readonly flowFile: string
  /** Absolute. */
  readonly workingDir: string
  readonly nodeTypes: readonly string[]
  readonly lineLanguages: readonly string[] | "any"
}

const FLOW_FIELDS = [
  "$schema",
  "additional_includes",
  "code",
  "description",
  "display_name",
  "entry",
  "environment",
  "environment_variables",
  "id",
  "init",
  "inputs",
  "language",
  "name",
  "outputs",
  "sample",
  "tags",
  "type"
]

/** @returns a plan that is only good when `issues` stays empty; `undefined` where the entry is none */
export function compileFlex(flow: YamlMap, options: FlexOptions, issues: IssueList): FlowPlan | undefined {
  warnUnknownFields(flow, FLOW_FIELDS, "the flow", issues)
  const includes = readIncludes(flow, options.workingDir, issues)
  const language = readLanguage(flow, options, issues)
  const takesLines = options.lineLanguages === "any" || options.lineLanguages.includes(language)
  const field = presentField(flow, "entry")
  const text = field && asText(field, "entry", issues)
  if (field === undefined || text === undefined) return undefined
  const type = takesLines ? language : checkEntry(text, field.place, options.nodeTypes, issues)
  const inputs = readInputs(flow, issues).map(openEnded)
  const code = presentField(flow, "code")
  const folder = code && asText(code, "code", issues)
  const workingDir = folder === undefined ? options.workingDir : path.resolve(options.workingDir, folder)
  return {
    ...entryPlan({ text, type: type ?? "", place: field.place, inputs, workingDir, flowFile: options.flowFile }),
    ...(takesLines ? { nodes: [] } : {}),
    name: readNote(flow, "name") || defaultFlowName(options.workingDir),
    language,
    sample: readSample(flow, issues),
    init: readInit(flow, issues),
    ...(includes.length === 0 ? {} : { includes }),
    environmentVariables: { ...readEnvironment(flow, issues), ...options.environmentVariables },
    warnings: issues.warnings
  }
}

/** The plan of an entry that no file describes: `module:name`, `./file.ts:name`. */
export function compileBareEntry(
  text: string,
  options: Omit<FlexOptions, "flowFile">,
  issues: IssueList
): FlowPlan | undefined {
  const { workingDir } = options
  const place = { file: text, line: 0, column: 0 }
  const type = checkEntry(text, place, options.nodeTypes, issues)
  if (type === undefined) return undefined
  const flowFile = path.join(workingDir, "flow.flex.yaml")
  const { environmentVariables = {} } = options
  return { ...entryPlan({ text, type, place, inputs: [], workingDir, flowFile }), environmentVariables }
}

/** The plan of a host's own function, which no file and no module names. */
export function functionPlan(name: string, workingDir: string, description: EntryDescription): FlowPlan {
  const place = { file: name, line: 0, column: 0 }
  const flowFile = path.join(workingDir, "flow.flex.yaml")
  const plan = entryPlan({ text: name, type: "javascript", place, inputs: [], workingDir, flowFile })
  return completePlan(plan, description).plan
}

/**
 * The plan with what its entry's code says: the inputs where the file declares none, and the aggregation.
 *
 * @returns `issue` where file and code do not agree
 */
export function completePlan(
  plan: FlowPlan,
  { inputs: found, init, hasAggregation }: EntryDescription
): { readonly plan: FlowPlan; readonly issue: FlowIssue | undefined } {
  const [entry] = plan.nodes
  if (entry === undefined) return { plan, issue: undefined }
  const described = found.map(
    (input): InputDefinition => ({
      ...input,
      description: "",
      isChatInput: false,
      isChatHistory: undefined,
      place: entry.place
    })
  )
  const inputs = plan.inputs.length > 0 ? plan.inputs : described
  const issue =
    mismatch("inputs", plan.inputs, found, entry.place) ??
    mismatch(
      "init",
      Object.keys(plan.init ?? {}).map((name) => ({ name })),
      init.map((name) => ({ name })),
      entry.place
    )
  const nodes = [{ ...entry, inputs: bindInputs(inputs) }, ...(hasAggregation ? [aggregationOf(entry)] : [])]
  return { plan: { ...plan, inputs, nodes }, issue }
}

/**
 * What the constructor of the entry's class is given: the caller's arguments, or without any the sample's, and the
 * defaults of the file for the others.
 */
export function constructorArguments(
  plan: FlowPlan,
  given: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  if (plan.kind !== "flex") return given
  const chosen = Object.keys(given).length > 0 ? given : sampleOf(plan, "init")
  const defaults = Object.entries(plan.init ?? {}).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(defaults), ...chosen }
}

/**
 * What the sample says, its references resolved.
 *
 * @throws {InvalidFlow} for a file that is missing, or says no map
 */
export function sampleOf(plan: FlowPlan, part: "inputs" | "init"): Readonly<Record<string, unknown>> {
  const given = plan.sample?.[part]
  if (given === undefined) return {}
  const fail = (message: string) => {
    const place = plan.nodes[0]?.place ?? { file: plan.flowFile, line: 0, column: 0 }
    const issue = { code: "UserErrorException", message: `sample.${part}: ${message}`, place }
    return new InvalidFlow({ flowFile: plan.flowFile, issues: [issue] })
  }
  try {
    const sample = resolveReferences(given, plan.workingDir, process.env)
    if (sample !== null && typeof sample === "object" && !Array.isArray(sample))
      return sample as Record<string, unknown>
  } catch (error) {
    throw error instanceof BrokenReference ? fail(error.message) : error
  }
  throw fail("it has to be a map, or `${file:…}` of a file that holds one")
}

/** The names that a file declares have to be those of the code. */
function mismatch(
  section: "inputs" | "init",
  declared: ReadonlyArray<{ readonly name: string }>,
  found: ReadonlyArray<{ readonly name: string }>,
  place: SourcePlace
): FlowIssue | undefined {
  if (declared.length === 0) return undefined
  const names = new Set(found.map(({ name }) => name))
  if (declared.length === names.size && declared.every(({ name }) => names.has(name))) return undefined
  const list = (ports: ReadonlyArray<{ readonly name: string }>) => ports.map(({ name }) => name).join(", ") || "none"
  return {
    code: "UserErrorException",
    message:
      `Provided signature of ${section} does not match the entry. ` +
      `The file declares: ${list(declared)}. The entry takes: ${list(found)}.`,
    place,
    hint: `declare the entry's own parameters under '${section}', or remove the section`
  }
}

function checkEntry(
  text: string,
  place: SourcePlace,
  nodeTypes: readonly string[],
  issues: IssueList
): string | undefined {
  const type = isScriptEntry(text) ? "javascript" : isPythonEntry(text) ? "python" : undefined
  if (type === undefined) {
    const message = `Invalid entry '${text}'. The entry should be in the format of '<module>:<function>'.`
    issues.add("InvalidFlexFlowEntry", message, place, "Python: module:name; TypeScript or JavaScript: ./file.ts:name")
    return undefined
  }
  if (nodeTypes.includes(type)) return type
  issues.add("ExecutorMissing", `no executor runs the entry '${text}'`, place, `it needs one for ${type}`)
  return undefined
}

interface EntryFacts {
  readonly text: string
  readonly type: string
  readonly place: SourcePlace
  readonly inputs: readonly InputDefinition[]
  readonly workingDir: string
  readonly flowFile: string
}

function entryPlan({ text, type, place, inputs, workingDir, flowFile }: EntryFacts): FlowPlan {
  const entry: NodePlan = {
    name: text.slice(text.lastIndexOf(":") + 1),
    type,
    path: text,
    inputs: bindInputs(inputs),
    activate: undefined,
    aggregation: false,
    dependencies: [],
    place,
    sourcePlace: place
  }
  return {
    kind: "flex",
    name: defaultFlowName(workingDir),
    flowId: "default_flow_id",
    flowFile,
    workingDir,
    language: type,
    inputs,
    outputs: [],
    nodes: [entry],
    environmentVariables: {},
    warnings: []
  }
}

const bindInputs = (inputs: readonly InputDefinition[]): NodePlan["inputs"] =>
  inputs.map(({ name, place }) => ({ name, binding: { kind: "input", name }, place }))

/** `__aggregate__` of the entry's class: its one argument is the list of the lines' outputs. */
function aggregationOf(entry: NodePlan): NodePlan {
  const { place } = entry
  const binding = { kind: "node", node: 0, path: [], text: `\${${entry.name}.output}` } as const
  return {
    ...entry,
    name: `${entry.name}.__aggregate__`,
    inputs: [{ name: "results", binding, place }],
    aggregation: true,
    dependencies: [0]
  }
}

/** A default that is the empty text means that there is none to check: the code has its own. */
function openEnded(input: InputDefinition): InputDefinition {
  return input.hasDefault && input.default === "" ? { ...input, type: "any", default: undefined } : input
}

function readSample(flow: YamlMap, issues: IssueList): FlowSample {
  const field = presentField(flow, "sample")
  const sample = field && asMap(field, "sample", issues)
  if (sample !== undefined) warnUnknownFields(sample, ["inputs", "init"], "sample", issues)
  const part = (name: "inputs" | "init") => {
    const value = sample && presentField(sample, name)
    if (value?.kind === "list") asMap(value, `sample.${name}`, issues)
    return value && toPlain(value, issues, { dates: "text" })
  }
  return { inputs: part("inputs"), init: part("init") }
}

/** Every name that `init` declares, with its default; `undefined` where there is none. */
function readInit(flow: YamlMap, issues: IssueList): Readonly<Record<string, unknown>> {
  const defaults = mapEntries(flow, "init", issues).map(({ key, value }) => {
    const port = asMap(value, `init '${key}'`, issues)
    const given = port && presentField(port, "default")
    const plain = given && toPlain(given, issues, { dates: "text" })
    return [key, plain === "" ? undefined : plain] as const
  })
  return Object.fromEntries(defaults)
}

// Which executor runs a flow: whole lines where the flow's language has one for that, else the hosts of its node types.

import { ExecutorMissing } from "../contracts/errors.ts"
import type { ExecutorDefinition, FlowPlan, ToolHostModule } from "../contracts/index.ts"

export interface ChosenExecutor {
  readonly definition: ExecutorDefinition
  readonly hosts: Readonly<Record<string, ToolHostModule>>
}

/** @throws {ExecutorMissing} naming the node type (or language), its place, and what is registered */
export function chooseExecutor(plan: FlowPlan, executors: readonly ExecutorDefinition[]): ChosenExecutor {
  const whole = executors.find(({ language, supports }) => supports.lines && language === plan.language)
  if (whole !== undefined) return { definition: whole, hosts: {} }

  const hosts: Record<string, ToolHostModule> = {}
  let carrier: ExecutorDefinition | undefined
  for (const { type, place } of plan.nodes) {
    const definition = executors.find((executor) => Object.hasOwn(executor.hosts, type))
    if (definition === undefined) {
      throw new ExecutorMissing({
        wanted: `nodes of type '${type}'`,
        registered: executors.map(({ language }) => language),
        place: `${place.file}:${place.line}:${place.column}`
      })
    }
    hosts[type] = definition.hosts[type]!
    carrier = executors.find((executor) => executor === carrier || executor === definition)
  }
  carrier ??= executors.find((executor) => Object.keys(executor.hosts).length > 0)
  if (carrier === undefined) {
    throw new ExecutorMissing({
      wanted: `flows in the language '${plan.language}'`,
      registered: executors.map(({ language }) => language),
      place: undefined
    })
  }
  return { definition: carrier, hosts }
}

/** Every node type the executors run, for the flow's own checks. */
export const nodeTypesOf = (executors: readonly ExecutorDefinition[]): readonly string[] => [
  ...new Set(executors.flatMap(({ hosts }) => Object.keys(hosts)))
]

/** The languages whose flows are handed over line by line. */
export const lineLanguagesOf = (executors: readonly ExecutorDefinition[]): readonly string[] =>
  executors.filter(({ supports }) => supports.lines).map(({ language }) => language)

/** @throws {TypeError} naming the language that is listed twice, or what is no executor */
export function checkExecutors(executors: readonly ExecutorDefinition[]): void {
  const seen = new Set<string>()
  for (const [at, executor] of executors.entries()) {
    const { language, open } = executor ?? {}
    if (typeof language !== "string" || typeof open !== "function") {
      throw new TypeError(`executors[${at}]: give an executor, as javascript(), python() or defineExecutor(…) make one`)
    }
    if (seen.has(language)) throw new TypeError(`executors: '${language}' is listed twice`)
    seen.add(language)
  }
}

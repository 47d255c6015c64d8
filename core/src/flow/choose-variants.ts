// Puts variants in place of the nodes that use them: the chosen one, or each node's default. Nothing is merged.

import type { IssueList } from "./issue-list.ts"
import { wholeFile } from "./issue-list.ts"
import { didYouMean } from "./nearest-name.ts"
import { asMap, DEFINITION_ERROR, presentField, readFlag } from "./read-fields.ts"
import { describeValue, type YamlEntry, type YamlMap, type YamlValue } from "./yaml-value.ts"

/** promptflow's error class for all that is wrong with variants. */
const CODE = "InvalidFlowError"

export interface VariantChoice {
  readonly node: string
  readonly variant: string
}

/** @param text `${node.variant}` */
export function parseVariant(text: string, file: string, issues: IssueList): VariantChoice | undefined {
  const [, node, variant] = /^\$\{([^.]+)\.(.+)\}$/.exec(text.trim()) ?? []
  if (node !== undefined && variant !== undefined) return { node, variant }
  issues.add(CODE, `the variant '${text}' is not of the form \${node.variant}`, wholeFile(file))
  return undefined
}

export class Variants {
  readonly #flow: YamlMap
  readonly #choice: VariantChoice | undefined
  readonly #issues: IssueList

  constructor(flow: YamlMap, choice: VariantChoice | undefined, issues: IssueList) {
    this.#flow = flow
    this.#choice = choice
    this.#issues = issues
  }

  /** Reports a choice that names nothing. */
  checkChoice(nodes: ReadonlyArray<{ readonly name: string; readonly map: YamlMap }>): void {
    const choice = this.#choice
    if (choice === undefined) return
    const node = nodes.find((candidate) => candidate.name === choice.node)
    if (node === undefined) {
      const names = nodes.map((candidate) => candidate.name)
      const message = `the chosen variant is of the node '${choice.node}', which does not exist`
      this.#issues.add(CODE, message, this.#flow.place, didYouMean(choice.node, names))
    } else if (presentField(node.map, "use_variants") === undefined) {
      const message = `a variant of node '${choice.node}' was chosen, but the node does not use variants`
      this.#issues.add(CODE, message, node.map.place, "add use_variants: true to the node")
    }
  }

  /** The node's definition: that of its variant, its own, or `undefined` when there is an issue. */
  definitionOf(name: string, node: YamlMap): YamlMap | undefined {
    const usesVariants = readFlag(node, "use_variants", `node '${name}': use_variants`, this.#issues) ?? false
    if (!usesVariants) return node
    const entry = this.#variantsOf(name)
    if (entry === undefined) {
      const message = `node '${name}' uses variants, but node_variants has none for it`
      // Without the command line around it, promptflow's executor runs such a node as it stands.
      if (presentField(node, "source") !== undefined) {
        this.#issues.warn(CODE, message, node.place, "the node's own definition is used")
        return node
      }
      this.#issues.add(CODE, message, node.place)
      return undefined
    }
    return this.#pick(name, entry)
  }

  #variantsOf(name: string): YamlEntry | undefined {
    const all = presentField(this.#flow, "node_variants")
    if (all === undefined) return undefined
    return all.kind === "map" ? all.entries.get(name) : undefined
  }

  #pick(name: string, { value, keyPlace }: YamlEntry): YamlMap | undefined {
    const what = `node_variants.${name}`
    const config = asMap(value, what, this.#issues)
    const variantsField = config && presentField(config, "variants")
    if (config === undefined || variantsField === undefined) {
      if (config !== undefined) this.#issues.add(CODE, `${what} has no variants`, keyPlace)
      return undefined
    }
    const variants = asMap(variantsField, `${what}.variants`, this.#issues)
    const id = this.#chosenId(name) ?? this.#defaultId(what, config, keyPlace)
    if (variants === undefined || id === undefined) return undefined
    const variant = variants.entries.get(id.text)
    if (variant === undefined) {
      const known = [...variants.entries.keys()]
      const hint = didYouMean(id.text, known) ?? `its variants are ${known.join(", ") || "none"}`
      this.#issues.add(CODE, `node '${name}' has no variant '${id.text}'`, id.value?.place ?? keyPlace, hint)
      return undefined
    }
    const node = variant.value.kind === "map" ? presentField(variant.value, "node") : undefined
    if (node?.kind === "map") return node
    const found = node === undefined ? "none" : describeValue(node)
    const message = `the variant '${id.text}' of node '${name}' has to hold a node, but has ${found}`
    this.#issues.add(DEFINITION_ERROR, message, variant.keyPlace)
    return undefined
  }

  #chosenId(name: string): { readonly text: string; readonly value?: YamlValue } | undefined {
    return this.#choice?.node === name ? { text: this.#choice.variant } : undefined
  }

  #defaultId(what: string, config: YamlMap, keyPlace: YamlMap["place"]) {
    const value = presentField(config, "default_variant_id")
    if (value?.kind === "scalar") return { text: String(value.value), value }
    this.#issues.add(CODE, `${what} has no default_variant_id`, value?.place ?? keyPlace)
    return undefined
  }
}

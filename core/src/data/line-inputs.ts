// A row's text → the inputs of its line: parsed, mapped, coerced, images found. Room 5 as one function, for those who tell
// a line from the journal; the lane has its steps one by one.

import { statSync } from "node:fs"
import path from "node:path"
import type { ColumnMapping, FlowPlan } from "../contracts/flow-plan.ts"
import type { LineInputs, Row } from "../contracts/value.ts"
import { compileInputs } from "./compile-inputs.ts"
import { absoluteImages, type ImageRules } from "./images.ts"
import { compileParsing } from "./parse-row.ts"

/** How a run reads its rows. */
export interface RowReading {
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  /** Names of the sources, in order. */
  readonly sources: readonly string[]
  /** Source → absolute path of its file or folder, where it has one: paths of images in its rows are meant from there. */
  readonly data?: Readonly<Record<string, string>>
}

export function compileLineInputs(reading: RowReading): (row: string, lineNumber: number) => LineInputs {
  const { plan, mapping, sources } = reading
  const parse = compileRowParsing(reading)
  const read = compileInputs(mapping, plan.inputs, sources, imageRulesOf(plan))
  return (row, lineNumber) => read(parse(row), lineNumber)
}

/** `undefined` for flex flows and prompties: an image's form is a value like any other to them, as in promptflow. */
export const imageRulesOf = ({ kind, workingDir, messageFormat = "basic" }: FlowPlan): ImageRules | undefined =>
  kind === "dag" ? { folder: workingDir, format: messageFormat } : undefined

/** Parses rows; where the flow takes images, their relative paths start at the data. */
export function compileRowParsing(reading: RowReading): (text: string) => Row {
  const { plan, sources } = reading
  const isJoined = sources.length > 1
  const parse = compileParsing(plan, isJoined)
  const folders = imageFolders(reading)
  if (folders.length === 0) return parse
  const { messageFormat = "basic" } = plan
  const mayHavePath = (text: string): boolean =>
    text.includes(';path"') || (messageFormat === "openai-vision" && text.includes('"image_file"'))
  return (text) => {
    const row = parse(text)
    if (!mayHavePath(text)) return row
    if (!isJoined) return absoluteImages(row, folders[0]![1], messageFormat) as Row
    const joined: Row = { ...row }
    for (const [source, folder] of folders) joined[source] = absoluteImages(row[source], folder, messageFormat)
    return joined
  }
}

/** Source → folder that paths of images in its rows are meant from; empty for flows that take no images. */
export function imageFolders({
  plan,
  sources,
  data = {}
}: Omit<RowReading, "mapping">): ReadonlyArray<readonly [string, string]> {
  if (!plan.inputs.some(({ type }) => type === "image" || type === "list" || type === "object")) return []
  return sources.flatMap((source): Array<readonly [string, string]> => {
    const place = data[source]
    return place === undefined || !path.isAbsolute(place) ? [] : [[source, folderOf(place)]]
  })
}

function folderOf(place: string): string {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? place : path.dirname(place)
}

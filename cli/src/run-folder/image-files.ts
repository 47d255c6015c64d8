// Images in what is written for people to read: as files in a folder, with a reference where they stood.

import type { FlowPlan } from "@throughline/core"
import { type ImageFolder, mayHoldImage, pythonJson, writeImages } from "@throughline/core/data"

/** The value with a reference for every image. @param prefix what references have before the file's name */
export function withImageFiles<A>(value: A, { messageFormat = "basic" }: FlowPlan, folder: string, prefix = folder): A {
  if (!mayHoldImage(pythonJson(value))) return value
  const where: ImageFolder = { folder, prefix, format: messageFormat }
  return writeImages(value, where) as A
}

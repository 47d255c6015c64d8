// What a worker thread needs of this folder: nothing here loads Effect or a file reader.

export { type CoerceInputs, compileCoercion, withDefaults } from "./coerce-inputs.ts"
export { compileInputs, type ReadInputs } from "./compile-inputs.ts"
export { compileObject } from "./compile-object.ts"
export { type ImageSource, imageOf, mayHoldImage, mimeOf, replaced } from "./images.ts"
export { LineInputError } from "./line-input-error.ts"
export {
  compileLineInputs,
  compileLineInputs,
  compileRowParsing,
  compileRowParsing,
  imageFolders,
  imageRulesOf,
  imageRulesOf,
  type RowReading,
  type RowReading
} from "./line-inputs.ts"
export { makeFolder } from "./make-folder.ts"
export { compileMapping, type MapInputs } from "./map-inputs.ts"
export { parseExactRow, parseRow } from "./parse-row.ts"
export { PositionSet } from "./position-set.ts"
export { pythonJson, pythonRepr, pythonStr } from "./python-text.ts"
export { decodeRow, rowText } from "./row-text.ts"
export { type ImageFolder, writeImages } from "./write-images.ts"

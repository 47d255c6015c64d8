// Bytes in, chunks cut, inputs mapped. For hosts; threads load `thread.ts`.

export { checkMapping } from "./check-mapping.ts"
export { type OpenRowsOptions, openRows, type RowReader } from "./read-chunks.ts"
export { rowsLeft } from "./slice-rows.ts"
export * from "./thread.ts"

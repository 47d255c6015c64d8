// What a worker thread needs of this folder: nothing here loads Effect.

export { IssueList } from "./issue-list.ts"
export { parseScriptEntry } from "./parse-entry.ts"
export { readPrompty } from "./read-prompty.ts"
export { BrokenReference, resolveReferences } from "./resolve-references.ts"
export { toPlain } from "./yaml-value.ts"

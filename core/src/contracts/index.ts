// Floor 0: what a flow, a line and a run are, and what plugins promise. Data and promises only.
// `errors.ts` is exported apart from the rest (`@throughline/core`): threads import this file, and it loads no Effect.

export * from "./chunk.ts"
export * from "./connection.ts"
export * from "./connection-types.ts"
export * from "./error-record.ts"
export * from "./executor.ts"
export * from "./flow-plan.ts"
export * from "./line.ts"
export * from "./model.ts"
export * from "./run.ts"
export * from "./run-store.ts"
export * from "./value.ts"

// Floor 1: one line through a FlowPlan. Loads in a thread; no Effect.

export * from "./describe-line.ts"
export { pythonEquals } from "./python-equals.ts"
export { type BindingView, followPath, plain, ReferenceFailure } from "./resolve-binding.ts"
export * from "./walk-line.ts"
export { WalkedLine, type WalkProgress } from "./walked-line.ts"

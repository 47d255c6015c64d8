// Flow files → `FlowPlan`: what `@throughline/core/flow` offers. Everything else in this folder is internal.

export { checkFlow, type FlowCheck, type LoadFlowOptions, loadFlow } from "./load-flow.ts"
export { plainNameProblem } from "./plain-name.ts"
export { locate } from "./read-includes.ts"

// Flow files → `FlowPlan`: what `@throughline/core/flow` offers. Everything else in this folder is internal.

export { type ChatRoles, chatRolesOf, historyInputOf } from "./chat-roles.ts"
export { completePlan, constructorArguments, functionPlan, sampleOf } from "./compile-flex.ts"
export { checkFlow, type FlowCheck, type LoadFlowOptions, loadFlow, namesCode } from "./load-flow.ts"
export { entryFile } from "./parse-entry.ts"
export { plainNameProblem } from "./plain-name.ts"
export { locate } from "./read-includes.ts"

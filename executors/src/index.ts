// Our executors: what `createRuntime` takes in its list.

export { type JavaScriptOptions, javascript } from "./javascript/index.ts"
export type { LaneOptions } from "./lanes/lane-options.ts"
export { openLanes } from "./lanes/open-lanes.ts"
export { type PythonOptions, python } from "./python/index.ts"
export { chooseInterpreter as findPython, type Interpreter } from "./python/interpreter.ts"

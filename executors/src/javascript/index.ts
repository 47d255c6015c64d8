// The `javascript` executor: functions of `.ts`, `.js` and `.mjs` files, run in threads. It brings prompt nodes along.

import { defineExecutor, type ExecutorDefinition } from "@throughline/core/contracts"
import { askThread } from "../lanes/ask-thread.ts"
import { checkLaneOptions, type LaneOptions } from "../lanes/lane-options.ts"
import { openLanes } from "../lanes/open-lanes.ts"
import { openFunction } from "./open-function.ts"

export interface JavaScriptOptions extends LaneOptions {}

/**
 * Runs `javascript` nodes (and `prompt` nodes, which need no language of their own) on a pool of threads.
 *
 * A thread contains a throw, an exit, a stack overflow and an endless loop; it does not contain a segfault or native
 * memory running out: `isolation: "process"` does.
 *
 * @throws {TypeError} naming the option, what it got and what it takes
 */
export function javascript(options: JavaScriptOptions = {}): ExecutorDefinition {
  checkLaneOptions("javascript", options)
  return defineExecutor({
    language: "javascript",
    hosts: {
      javascript: { module: "throughline:javascript", options: {} },
      prompt: { module: "throughline:prompt", options: {} },
      llm: { module: "throughline:prompt", options: {} },
      prompty: { module: "throughline:prompty", options: {} }
    },
    open: (context) => openLanes(context, options),
    openFunction,
    describeEntry: (plan, context) => askThread(plan, context, options)
  })
}

// What a tool host gets of its lane where a test needs none of it.

import { connectionProvider, type ToolHostContext } from "../contracts/index.ts"

const refuse = () => Promise.reject(new Error("this test has no models"))

export const noServices: Pick<ToolHostContext, "connections" | "models"> = {
  connections: connectionProvider(),
  models: { call: refuse, stream: refuse, fromEnvironment: () => undefined }
}

// The models of a lane, as its tool hosts see them: the client is loaded with the first call.

import type { ModelCaller, ModelClient, ModelReply, ModelRequest } from "@throughline/core/contracts"
import type { Models } from "./client.ts"
import { connectionFromEnvironment } from "./environment.ts"

export class LaneModels implements ModelClient {
  #client: Promise<Models> | undefined

  async call(request: ModelRequest, caller: ModelCaller): Promise<ModelReply> {
    return (await this.#open()).call(request, caller)
  }

  async stream(request: ModelRequest, caller: ModelCaller): Promise<AsyncIterable<Record<string, unknown>>> {
    return (await this.#open()).stream(request, caller)
  }

  fromEnvironment(kind?: "open_ai" | "azure_open_ai") {
    return connectionFromEnvironment(kind)
  }

  async close(): Promise<void> {
    await (await this.#client)?.close()
  }

  #open(): Promise<Models> {
    this.#client ??= import("./client.ts").then(({ Models }) => new Models())
    return this.#client
  }
}

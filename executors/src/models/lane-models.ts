// The models of a lane, as its tool hosts see them: the client is loaded with the first call.

import type { ModelCaller, ModelClient, ModelReply, ModelRequest, ToolHost } from "@throughline/core/contracts"
import type { Models, ModelsDesk } from "./client.ts"
import { connectionFromEnvironment } from "./environment.ts"

/** What it takes of a lane's desk. */
export type LaneModelsDesk = ModelsDesk & {
  readonly secrets?: { add(secrets: Readonly<Record<string, string>>): void }
}

export class LaneModels implements ModelClient, Pick<ToolHost, "releaseLine" | "runningSinceMs" | "close"> {
  readonly #desk: LaneModelsDesk
  #opening: Promise<Models> | undefined
  #client: Models | undefined

  constructor(desk: LaneModelsDesk) {
    this.#desk = desk
  }

  async call(request: ModelRequest, caller: ModelCaller): Promise<ModelReply> {
    return (this.#client ?? (await this.#open())).call(request, caller)
  }

  async stream(request: ModelRequest, caller: ModelCaller): Promise<AsyncIterable<Record<string, unknown>>> {
    return (this.#client ?? (await this.#open())).stream(request, caller)
  }

  fromEnvironment(kind?: "open_ai" | "azure_open_ai") {
    const connection = connectionFromEnvironment(kind)
    this.#desk.secrets?.add(connection?.secrets ?? {})
    return connection
  }

  releaseLine(position: number): void {
    this.#client?.releaseLine(position)
  }

  runningSinceMs(position: number): number | undefined {
    return this.#client?.runningSinceMs(position)
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close()
  }

  #open(): Promise<Models> {
    this.#opening ??= import("./client.ts").then(({ Models }) => {
      this.#client = new Models(this.#desk)
      return this.#client
    })
    return this.#opening
  }
}

// What a lane asks of the host's thread, over a port of its own: whatever there is once for all lanes of a runtime.

import type { ErrorRecord } from "@throughline/core/contracts"

export type Question =
  /** The connection, with its secrets; `undefined` when there is none of that name. */
  { readonly kind: "connection"; readonly name: string } | { readonly kind: "connectionNames" }

export interface Asked {
  readonly id: number
  readonly question: Question
}

export interface Answered {
  readonly id: number
  readonly answer: unknown
  /** Where it could not be answered. */
  readonly record?: ErrorRecord
}

// What a lane asks of the host's thread, over a port of its own: whatever there is once for all lanes of a runtime.

import type { ErrorRecord } from "@throughline/core/contracts"

export type Question =
  /** The connection, with its secrets; `undefined` when there is none of that name. */
  | { readonly kind: "connection"; readonly name: string }
  | { readonly kind: "connectionNames" }
  /** The shared words of a quota's limiter, and the lane's number among its users: `QuotaWords`. */
  | { readonly kind: "quota"; readonly key: string }
  /** A token of the machine's Azure identity: `Token`. */
  | { readonly kind: "azureToken" }

export interface QuotaWords {
  /** `undefined` for a lane in a process of its own, which shares no memory: it finds out for itself. */
  readonly words: SharedArrayBuffer | undefined
  readonly lane: number
}

export interface Token {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

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

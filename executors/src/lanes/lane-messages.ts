// The wire between the host's thread and a lane: every message both sides know, and the shared words beside it.

import type {
  AggregationReply,
  AggregationTask,
  ChunkPart,
  ChunkTask,
  ColumnMapping,
  ErrorRecord,
  FlowPlan,
  ToolHostModule
} from "@throughline/core/contracts"

/** What a lane needs to compile the flow; the argument of its one long task. */
export interface LaneStart {
  readonly port: MessagePort
  /** Where it asks for what there is once for all lanes. */
  readonly desk: MessagePort
  readonly plan: FlowPlan
  readonly mapping: ColumnMapping
  readonly sources: readonly string[]
  readonly data: Readonly<Record<string, string>>
  readonly outputDir: string | undefined
  readonly hosts: Readonly<Record<string, ToolHostModule>>
  readonly initKwargs: Readonly<Record<string, unknown>>
  readonly linesPerLane: number
  readonly lineTimeoutMs: number | undefined
  readonly maxOutputBytes: number
  readonly journaled: readonly number[]
  /** True in one lane of a run: the aggregation nodes' tools are loaded there first, so that a mistake shows at once. */
  readonly loadsAggregation: boolean
  readonly control: SharedArrayBuffer
  /** Present: the lane is to live in a process of its own, with so much heap for its thread. */
  readonly isolation?: { readonly memoryMb: number | undefined }
}

type MessagePort = import("node:worker_threads").MessagePort

export type ToLane =
  | { readonly type: "run"; readonly task: ChunkTask }
  | { readonly type: "aggregate"; readonly id: number; readonly task: AggregationTask }
  /** The lines of one task, one line, or all of them. */
  | { readonly type: "cancel"; readonly taskId?: number; readonly position?: number }
  | { readonly type: "tune"; readonly linesPerLane: number }
  /** Another run of the same flow is to begin. */
  | { readonly type: "renew"; readonly outputDir: string | undefined }
  | { readonly type: "close" }

export type FromLane =
  /** The flow is compiled. `mayWait`: some tool waits rather than computes. `isRenewable`: `renew` may be asked for. */
  | { readonly type: "ready"; readonly mayWait: boolean; readonly isRenewable: boolean }
  /** Whether the lane is as good as a new one. */
  | { readonly type: "renewed"; readonly isCurrent: boolean }
  | { readonly type: "broken"; readonly record: ErrorRecord }
  | { readonly type: "part"; readonly part: ChunkPart }
  | { readonly type: "aggregated"; readonly id: number; readonly reply: AggregationReply }
  | { readonly type: "aggregationFailed"; readonly id: number; readonly record: ErrorRecord; readonly isLost: boolean }
  | { readonly type: "warning"; readonly message: string }

/**
 * Words that both threads see at once, so that a lane busy in user code can still be told and watched.
 *
 * `flags[0]` is 1 when the lane is to cancel its lines; `flags[1]` is the position being run synchronously plus 1, or 0.
 * `times[0]` is when that began, and `times[1]` when the lane's event loop last came round (0 before the first time, and
 * without a time limit), in milliseconds since the epoch.
 */
export interface LaneControl {
  readonly flags: Int32Array<SharedArrayBuffer>
  readonly times: Float64Array<SharedArrayBuffer>
}

export const CANCEL = 0
export const CURRENT = 1
export const BEGAN = 0
export const CAME_ROUND = 1

export const newControl = (): SharedArrayBuffer => new SharedArrayBuffer(24)

export const controlOf = (buffer: SharedArrayBuffer): LaneControl => ({
  flags: new Int32Array(buffer, 0, 2),
  times: new Float64Array(buffer, 8, 2)
})

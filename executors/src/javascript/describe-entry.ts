// The signature of a JavaScript entry, told by a thread of its own: the host's thread runs no code of a flow.

import { type EntryDescription, type ErrorRecord, type FlowPlan, ToolLoadFailure } from "@throughline/core/contracts"

/** What a lane's thread is given instead of a lane to run. */
export interface DescribeTask {
  readonly describe: FlowPlan
}

export type Described = { readonly description: EntryDescription } | { readonly record: ErrorRecord }

/** In the thread. */
export async function describeInThread({ describe }: DescribeTask): Promise<Described> {
  const { Entry } = await import("./entries.ts")
  const { redirectOutput } = await import("./capture-output.ts")
  redirectOutput()
  try {
    return { description: (await Entry.load(describe)).describe() }
  } catch (error) {
    if (error instanceof ToolLoadFailure) return { record: error.record }
    throw error
  }
}

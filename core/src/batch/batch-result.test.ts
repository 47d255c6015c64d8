import { describe, expect, test } from "vitest"
import type { AggregationNodeReply, LineResult } from "../contracts/index.ts"
import { aLineRecord, aManifest, anEnding, aStoredChunk } from "../testing/builders.ts"
import { anError, jsonRecords } from "../testing/line-builders.ts"
import { BatchResult } from "./batch-result.ts"
import { memoryStore } from "./memory-store.ts"

const startTime = new Date("2026-01-02T03:04:05.000Z")
const endTime = new Date("2026-01-02T03:04:07.500Z")
const system = anError("the process crashed", ["SystemError", "UnexpectedError"])
const user = anError("bad input")

const lineOf = (position: number, about: Partial<LineResult> = {}): LineResult => ({
  position,
  lineNumber: position,
  status: "Completed",
  output: {},
  error: undefined,
  ...about
})
const nodeOf = (node: string, about: Partial<AggregationNodeReply> = {}): AggregationNodeReply => ({
  node,
  status: "Completed",
  startMs: 0,
  endMs: 1,
  output: null,
  ...about
})

const FIELDS = [
  "status",
  "total_lines",
  "completed_lines",
  "failed_lines",
  "node_status",
  "start_time",
  "end_time",
  "metrics",
  "system_metrics",
  "error_summary"
]

describe("a result made of line results", () => {
  const made = BatchResult.create({
    startTime,
    endTime,
    lineResults: [
      lineOf(0),
      lineOf(1, { status: "Failed", error: user }),
      lineOf(2, { status: "Failed", error: system }),
      lineOf(3, { status: "Canceled" })
    ],
    aggrResult: {
      metrics: { accuracy: 0.5 },
      nodes: [
        nodeOf("sum", { tokens: { prompt: 1, completion: 2, total: 3 } }),
        nodeOf("report", { status: "Failed", error: user })
      ]
    },
    exception: system
  })

  test("has promptflow's ten fields, and no others", () => {
    expect(Object.keys(made)).toEqual(FIELDS)
    expect(Object.keys(made.toJSON())).toEqual(FIELDS)
  })

  test("counts every line that did not complete as failed, the canceled ones too", () => {
    expect([made.total_lines, made.completed_lines, made.failed_lines]).toEqual([4, 1, 3])
  })

  test("is Completed unless it is told otherwise: failed lines alone never fail a batch", () => {
    expect(made.status).toBe("Completed")
  })

  test("splits errors by their outermost code and keeps all of them", () => {
    expect(made.error_summary).toEqual({
      failed_user_error_lines: 1,
      failed_system_error_lines: 1,
      error_list: [
        { line_number: 1, error: user },
        { line_number: 2, error: system }
      ],
      aggr_error_dict: { report: user },
      batch_error_dict: system
    })
  })

  test("has duration in seconds, tokens, and the aggregation nodes' status", () => {
    expect(made.system_metrics).toEqual({ total_tokens: 3, prompt_tokens: 1, completion_tokens: 2, duration: 2.5 })
    expect(made.node_status).toEqual({ "sum.completed": 1, "report.failed": 1 })
  })

  test("writes its dates as ISO texts", () => {
    const json = JSON.parse(JSON.stringify(made)) as Record<string, unknown>

    expect([json.start_time, json.end_time]).toEqual([startTime.toISOString(), endTime.toISOString()])
    expect(json.metrics).toEqual({ accuracy: 0.5 })
  })
})

describe("a result asked of the store", () => {
  async function aStoredRun(ending = anEnding()) {
    const store = memoryStore(jsonRecords)
    const writer = await store.createRun(aManifest({ name: "run" }), startTime.toISOString())
    const record = (position: number, error?: typeof user) =>
      aLineRecord({ position, lineNumber: 10 * position, ...(error && { status: "Failed" as const, error }) })
    await writer.append(
      [
        aStoredChunk({
          positions: [2, 3],
          failed: [2],
          records: jsonRecords.encodeRecords([record(2, system), record(3)])
        }),
        aStoredChunk({
          positions: [0, 1],
          failed: [1],
          records: jsonRecords.encodeRecords([record(0), record(1, user)])
        })
      ],
      { position: 0, outputBytes: 0 }
    )
    await writer.finish(ending)
    return store
  }

  test("is the sum of what was kept, with errors by line number", async () => {
    const result = await BatchResult.fromStore(
      await aStoredRun(anEnding({ durationSec: 2.5, endTime: endTime.toISOString(), metrics: { m: 1 } })),
      "run"
    )

    expect(result).toMatchObject({
      status: "Completed",
      total_lines: 4,
      completed_lines: 2,
      failed_lines: 2,
      node_status: { "answer.completed": 4 },
      start_time: startTime,
      end_time: endTime,
      metrics: { m: 1 },
      system_metrics: { total_tokens: 12, prompt_tokens: 8, completion_tokens: 4, duration: 2.5 },
      error_summary: { failed_user_error_lines: 1, failed_system_error_lines: 1, batch_error_dict: null }
    })
    expect(result.error_summary.error_list).toEqual([
      { line_number: 10, error: user },
      { line_number: 20, error: system }
    ])
  })

  test("has the error of the batch where the batch failed, and the aggregation nodes'", async () => {
    const store = await aStoredRun(
      anEnding({ status: "Failed", error: system, aggregation: [nodeOf("sum", { status: "Failed", error: user })] })
    )

    const { error_summary, status, node_status } = await BatchResult.fromStore(store, "run")

    expect(status).toBe("Failed")
    expect(error_summary.batch_error_dict).toEqual(system)
    expect(error_summary.aggr_error_dict).toEqual({ sum: user })
    expect(node_status).toMatchObject({ "sum.failed": 1 })
  })
})

// Writes line records as msgpack at the moment a line is done, so that none of its objects is held until its chunk is.
// The form is one that msgpackr reads: one array, with the keys of the usual shapes once (its record extension). Dates,
// bytes, big integers and the like go through msgpackr itself.
//
// Q1. Decoding `take()` gives the records that were added, in order.
// Q2. Of a record that cannot be stored, each value that is to blame is stored as its text, as promptflow records it.
//     What is an object otherwise is stored as JSON has it: with what its toJSON gives, or its own members; a Map has none.
// Q3. What a failed attempt wrote, definitions included, is written over.

import type { LineRecord, NodeRecord } from "@throughline/core/contracts"
import { Packr } from "msgpackr/pack"
import { ByteWriter } from "./byte-writer.ts"

const packr = new Packr({ useRecords: false })
/** The last ids are those of the records. */
const VALUE_SHAPE_ID = 0x40
const VALUE_SHAPES = 0x7d - VALUE_SHAPE_ID
/** Objects with more keys are rather tables than records. */
const MOST_KEYS = 32

/** Keys in the order of their values, and where the definition stands; -1 when it has yet to be written. */
interface Shape {
  readonly id: number
  readonly keys: readonly string[]
  definedAt: number
  /** The shape that came after this one the last time. */
  next: Shape | undefined
}

const shapeOf = (id: number, keys: readonly string[]): Shape => ({ id, keys, definedAt: -1, next: undefined })

const LINE_KEYS = ["position", "lineNumber", "status", "startMs", "endMs", "threadId", "attempt", "nodes"]
const VALUE_KEYS = ["node", "status", "startMs", "endMs", "value"]
const JSON_KEYS = ["node", "status", "startMs", "endMs", "json"]

/** An array header of 32 bits, filled in at the end. */
const HEADER_BYTES = 5
/** More than the fixed part of a record takes. */
const RECORD_BYTES = 128

export class RecordWriter {
  readonly #out = new ByteWriter()
  #count = 0
  readonly #line = shapeOf(0x7f, LINE_KEYS)
  readonly #value = shapeOf(0x7e, VALUE_KEYS)
  readonly #json = shapeOf(0x7d, JSON_KEYS)
  /** Of the objects in values. The same ones follow each other line after line, so the next is guessed from the last. */
  readonly #valueShapes: Shape[] = []
  #lastShape = shapeOf(0, [])

  constructor() {
    this.#out.at = HEADER_BYTES
  }

  add(record: LineRecord): void {
    const start = this.#out.at
    try {
      this.#writeLine(record)
    } catch {
      this.#out.at = start
      this.#forgetShapes(start)
      this.#writeLine({ ...record, nodes: record.nodes.map(textified) })
    }
    this.#count++
  }

  /** The records so far, in a buffer of their own. The writer is as new after it. */
  take(): Uint8Array {
    this.#out.bytes[0] = 0xdd
    this.#out.view.setUint32(1, this.#count)
    const records = this.#out.copy()
    this.#out.at = HEADER_BYTES
    this.#count = 0
    this.#forgetShapes(0)
    if (this.#valueShapes.length === VALUE_SHAPES) {
      this.#valueShapes.length = 0
      this.#lastShape = shapeOf(0, [])
    }
    return records
  }

  /** What was defined from `start` on has to be defined again. */
  #forgetShapes(start: number): void {
    for (const shape of [this.#line, this.#value, this.#json, ...this.#valueShapes]) {
      if (shape.definedAt >= start) shape.definedAt = -1
    }
  }

  #writeLine(record: LineRecord): void {
    if (record.error !== undefined || record.output !== undefined) {
      this.#writeMembers(record)
      return
    }
    this.#begin(this.#line)
    this.#writeNumber(record.position)
    this.#writeNumber(record.lineNumber)
    this.#writeText(record.status)
    this.#writeFloat(record.startMs)
    this.#writeFloat(record.endMs)
    this.#writeNumber(record.threadId)
    this.#writeNumber(record.attempt)
    const { nodes } = record
    this.#writeHeader(nodes.length, 0x90, 0xdc)
    for (let i = 0; i < nodes.length; i++) this.#writeNode(nodes[i]!)
  }

  #writeNode(node: NodeRecord): void {
    if (
      node.error !== undefined ||
      node.logs !== undefined ||
      node.tokens !== undefined ||
      node.status === "Canceled"
    ) {
      this.#writeMembers(node)
      return
    }
    this.#begin(node.json === undefined ? this.#value : this.#json)
    this.#writeNumber(node.node)
    this.#writeText(node.status)
    this.#writeFloat(node.startMs)
    this.#writeFloat(node.endMs)
    if (node.json === undefined) this.#writeValue(node.value)
    else this.#writeText(node.json)
  }

  /** The mark of a record: its id, and the first time its keys. */
  #begin(shape: Shape): void {
    this.#out.reserve(RECORD_BYTES)
    if (shape.definedAt < 0) {
      shape.definedAt = this.#out.at
      this.#out.bytes[this.#out.at++] = 0xd4
      this.#out.bytes[this.#out.at++] = 0x72
      this.#out.bytes[this.#out.at++] = shape.id
      this.#writeHeader(shape.keys.length, 0x90, 0xdc)
      for (const key of shape.keys) this.#writeText(key)
      this.#out.reserve(RECORD_BYTES)
    } else this.#out.bytes[this.#out.at++] = shape.id
  }

  #writeValue(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#writeText(value)
        return
      case "number":
        this.#out.reserve(9)
        this.#writeNumber(value)
        return
      case "boolean":
        this.#out.reserve(1)
        this.#out.bytes[this.#out.at++] = value ? 0xc3 : 0xc2
        return
      case "object":
        if (value === null) {
          this.#out.reserve(1)
          this.#out.bytes[this.#out.at++] = 0xc0
        } else if (Array.isArray(value)) this.#writeList(value)
        else if (isPlain(value)) this.#writeMembers(value)
        else if (isLeaf(value)) this.#writePacked(value)
        else this.#writeObject(value)
        return
      default:
        this.#writePacked(value)
    }
  }

  #writeList(list: readonly unknown[]): void {
    this.#out.reserve(5)
    this.#writeHeader(list.length, 0x90, 0xdc)
    for (let i = 0; i < list.length; i++) this.#writeValue(list[i])
  }

  #writeObject(value: object): void {
    const { toJSON } = value as { readonly toJSON?: unknown }
    const json: unknown = typeof toJSON === "function" ? toJSON.call(value, "") : value
    if (typeof json !== "object" || json === null || Array.isArray(json) || isLeaf(json)) this.#writeValue(json)
    else this.#writeMembers(json)
  }

  #writeMembers(object: object): void {
    const members = object as Readonly<Record<string, unknown>>
    const keys = Object.keys(members)
    const shape = this.#valueShape(keys)
    if (shape !== undefined) {
      this.#begin(shape)
      for (let i = 0; i < keys.length; i++) this.#writeValue(members[keys[i]!])
      return
    }
    this.#out.reserve(5)
    this.#writeHeader(keys.length, 0x80, 0xde)
    for (let i = 0; i < keys.length; i++) {
      this.#writeText(keys[i]!)
      this.#writeValue((members as Readonly<Record<string, unknown>>)[keys[i]!])
    }
  }

  /** `undefined` for objects that are written with their keys. */
  #valueShape(keys: readonly string[]): Shape | undefined {
    const last = this.#lastShape
    if (last.next === undefined || !hasKeys(last.next, keys)) {
      last.next = this.#valueShapes.find((known) => hasKeys(known, keys)) ?? this.#newValueShape(keys)
      if (last.next === undefined) return undefined
    }
    this.#lastShape = last.next
    return last.next
  }

  #newValueShape(keys: readonly string[]): Shape | undefined {
    const { length } = this.#valueShapes
    // The reader of shapes takes `__proto__` for no key.
    if (length === VALUE_SHAPES || keys.length > MOST_KEYS || keys.includes("__proto__")) return undefined
    const shape = shapeOf(VALUE_SHAPE_ID + length, keys)
    this.#valueShapes.push(shape)
    return shape
  }

  /** @param few the mark for up to 15 members, which it counts itself; @param many that of a 16-bit count */
  #writeHeader(count: number, few: number, many: number): void {
    if (count < 16) this.#out.bytes[this.#out.at++] = few | count
    else if (count < 0x10000) {
      this.#out.bytes[this.#out.at] = many
      this.#out.view.setUint16(this.#out.at + 1, count)
      this.#out.at += 3
    } else {
      this.#out.bytes[this.#out.at] = many + 1
      this.#out.view.setUint32(this.#out.at + 1, count)
      this.#out.at += 5
    }
  }

  /** Needs 9 bytes. Numbers from 0x40 to 0x7f are no byte of their own: those are the ids of shapes. */
  #writeNumber(value: number): void {
    if (value >= 0 && value < 0x40 && value >>> 0 === value && !Object.is(value, -0))
      this.#out.bytes[this.#out.at++] = value
    else if (value > 0 && value >>> 0 === value) {
      this.#out.bytes[this.#out.at] = 0xce
      this.#out.view.setUint32(this.#out.at + 1, value)
      this.#out.at += 5
    } else this.#writeFloat(value)
  }

  #writeFloat(value: number): void {
    this.#out.bytes[this.#out.at] = 0xcb
    this.#out.view.setFloat64(this.#out.at + 1, value)
    this.#out.at += 9
  }

  #writeText(text: string): void {
    const out = this.#out
    const { length } = text
    const start = out.at
    const most = 3 * length
    out.reserve(most + 5)
    const headBytes = length < 32 ? 1 : most < 0x100 ? 2 : most < 0x10000 ? 3 : 5
    out.at += headBytes
    out.text(text)
    const written = out.at - start - headBytes
    if (written < 32 && headBytes === 1) out.bytes[start] = 0xa0 | written
    else this.#writeTextHead(start, headBytes, written)
  }

  #writeTextHead(start: number, headBytes: number, written: number): void {
    const { bytes, view } = this.#out
    if (headBytes === 1) {
      // A short text of many bytes needs a longer head than was left for it.
      this.#out.reserve(1)
      this.#out.bytes.copyWithin(start + 2, start + 1, this.#out.at)
      this.#out.at++
      this.#out.bytes[start] = 0xd9
      this.#out.bytes[start + 1] = written
    } else if (headBytes === 2) {
      bytes[start] = 0xd9
      bytes[start + 1] = written
    } else if (headBytes === 3) {
      bytes[start] = 0xda
      view.setUint16(start + 1, written)
    } else {
      bytes[start] = 0xdb
      view.setUint32(start + 1, written)
    }
  }

  #writePacked(value: unknown): void {
    const packed = packr.pack(value)
    this.#out.reserve(packed.length)
    packed.copy(this.#out.bytes, this.#out.at)
    this.#out.at += packed.length
  }
}

/** What msgpackr has a form for that has no members. */
const isLeaf = (value: object): boolean =>
  value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof RegExp

function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  if (shape.keys.length !== keys.length) return false
  for (let i = 0; i < keys.length; i++) if (shape.keys[i] !== keys[i]) return false
  return true
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function textified(node: NodeRecord): NodeRecord {
  if (node.value === undefined) return node
  try {
    JSON.stringify(node.value)
    packr.pack(node.value)
    return node
  } catch {
    return { ...node, value: textOf(node.value) }
  }
}

/** Never throws: a value that has no text either must not take its whole chunk with it. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

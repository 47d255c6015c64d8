import { spawnSync } from "node:child_process"
import { expect, test } from "vitest"
import { isLive, type Lease, takeLease } from "./lease.ts"

const NOW = 1_767_323_045_678
const lease = (about: Partial<Lease> = {}): Lease => ({ ...takeLease(NOW), ...about })

test("a lease of this process is live for 15 s after its last heartbeat (L1)", () => {
  expect(isLive(lease(), NOW + 15_000)).toBe(true)
  expect(isLive(lease(), NOW + 15_001)).toBe(false)
})

test("a lease of a process that ended is not live (L1)", () => {
  const { pid } = spawnSync(process.execPath, ["--version"])

  expect(isLive(lease({ pid }), NOW)).toBe(false)
})

test("a lease of an earlier boot is not live (L1)", () => {
  expect(isLive(lease({ bootId: "another" }), NOW)).toBe(false)
})

test.runIf(process.platform === "linux")("a lease of an earlier process with the same id is not live (L1)", () => {
  expect(isLive(lease({ processStart: "1" }), NOW)).toBe(false)
})

test("a lease of another container goes by its heartbeat alone", () => {
  const { pid } = spawnSync(process.execPath, ["--version"])
  const elsewhere = lease({ pid, pidNamespace: "pid:[1]" })

  expect(isLive(elsewhere, NOW + 15_000)).toBe(true)
  expect(isLive(elsewhere, NOW + 15_001)).toBe(false)
})

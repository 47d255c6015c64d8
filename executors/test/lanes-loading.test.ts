// O4: closing ends no thread that still loads. The lane's module of these tests waits, while it loads, for a file.

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { LaneLost } from "@throughline/core/contracts"
import { aFolder } from "@throughline/core/testing"
import { expect, onTestFinished, test, vi } from "vitest"
import { ownWorkerUrl } from "../src/lanes/worker-url.ts"
import { openLanesOn } from "./javascript-builders.ts"

/** A lane's module that says when it begins and ends loading, and between the two waits for the file `go`. */
function slowLane() {
  const folder = aFolder({
    "lane.mjs": `import { existsSync, writeFileSync } from "node:fs"
import { threadId } from "node:worker_threads"
const here = (name) => new URL(name, import.meta.url)
writeFileSync(here("loading-" + threadId), "")
const word = new Int32Array(new SharedArrayBuffer(4))
while (!existsSync(here("go"))) Atomics.wait(word, 0, 0, 2)
export { default } from ${JSON.stringify(ownWorkerUrl.href)}
writeFileSync(here("loaded-" + threadId), "")
`
  })
  const has = (name: string) => existsSync(join(folder, name))
  const terminatedEarly: number[] = []
  const terminate = Worker.prototype.terminate
  const spy = vi.spyOn(Worker.prototype, "terminate").mockImplementation(function (this: Worker) {
    if (!has(`loaded-${this.threadId}`)) terminatedEarly.push(this.threadId)
    return terminate.call(this)
  })
  onTestFinished(() => spy.mockRestore())
  return {
    workerUrl: join(folder, "lane.mjs"),
    terminatedEarly,
    go: () => writeFileSync(join(folder, "go"), ""),
    hold: () => rmSync(join(folder, "go")),
    loading: (threads: number) =>
      vi.waitFor(() => expect(readdirSync(folder).filter((name) => name.startsWith("loading"))).toHaveLength(threads), {
        timeout: 30_000
      })
  }
}

test("a run that is given up while its threads load lets them finish loading", async () => {
  const { workerUrl, go, loading, terminatedEarly } = slowLane()
  const controller = new AbortController()
  const opening = openLanesOn({
    tool: "export default (n) => n",
    context: { workers: 2, signal: controller.signal },
    options: { workerUrl }
  })
  opening.catch(() => {})
  await loading(2)

  controller.abort()
  setTimeout(go, 0)

  await expect(opening).rejects.toThrow(LaneLost)
  expect(terminatedEarly).toEqual([])
})

test("the thread that came in the place of a dead one has loaded before it is ended", async () => {
  const { workerUrl, go, hold, loading, terminatedEarly } = slowLane()
  go()
  const lanes = await openLanesOn({
    tool: "export default (n) => { for (;;); }",
    context: { lineTimeoutMs: 1 },
    options: { workerUrl }
  })
  hold()
  await lanes.run([{ n: 1 }]).catch(() => {})
  await loading(2)

  const closing = lanes.proxy.close()
  setTimeout(go, 0)

  await closing

  expect(terminatedEarly).toEqual([])
})

test("a lane's module that cannot be loaded rejects with its error", async () => {
  const folder = aFolder({ "lane.mjs": 'throw new Error("no lane today")\n' })

  const opening = openLanesOn({
    tool: "export default (n) => n",
    context: { workers: 2 },
    options: { workerUrl: join(folder, "lane.mjs") }
  })

  await expect(opening).rejects.toThrow("no lane today")
})

import { expect, test } from "vitest"
import { javascript } from "../javascript/index.ts"
import { python } from "../python/index.ts"

test.each([
  [{ workerMemoryMb: "512" }, 'the option `workerMemoryMb` takes a whole number of megabytes, got "512"'],
  [{ workerMemoryMb: 0 }, "the option `workerMemoryMb` takes a whole number of megabytes, got 0"],
  [{ isolation: "vm" }, 'the option `isolation` takes "thread" or "process", got "vm"'],
  [{ workerUrl: 5 }, "the option `workerUrl` takes the path or URL of the lane's module, got 5"],
  [{ workerMemoryMB: 512 }, "the option `workerMemoryMB` takes nothing: no option has this name, got 512"]
])("%j is refused where the executor is made, whichever language it is of", (options, message) => {
  expect(() => javascript(options as never)).toThrow(`javascript: ${message}`)
  expect(() => python(options as never)).toThrow(`python: ${message}`)
})

test("what lanes take is taken", () => {
  const options = { workerMemoryMb: 512, isolation: "process", workerUrl: new URL("file:///lane.mjs") } as const

  expect([javascript(options).language, python(options).language]).toEqual(["javascript", "python"])
})

// Bundles the command: `dist/main.mjs`, and `dist/lane.mjs` for its threads. `npm run build` runs it after the libraries.
// What stays outside: native code (lmdb, msgpackr's extractor), and Piscina, which starts a worker file of its own.

import { cpSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const bundle = await rolldown({
  input: {
    main: here("./src/main.ts"),
    lane: here("../executors/src/worker/lane.ts"),
    "lane-process": here("../executors/src/worker/lane-process.ts")
  },
  platform: "node",
  external: ["lmdb", "msgpackr", "piscina"],
  plugins: [
    {
      name: "lane-beside-the-bundle",
      load: (id) =>
        id.endsWith("/lanes/worker-url.ts")
          ? 'export const ownWorkerUrl = new URL("./lane.mjs", import.meta.url)'
          : undefined
    }
  ]
})
const { output } = await bundle.write({
  dir: here("./dist"),
  format: "esm",
  minify: true,
  entryFileNames: "[name].mjs",
  chunkFileNames: "chunk-[name]-[hash].mjs"
})
await bundle.close()

// The Python side lies beside the lane's file.
rmSync(here("./dist/python"), { recursive: true, force: true })
cpSync(here("../executors/python"), here("./dist/python"), {
  recursive: true,
  filter: (path) => !path.includes("__pycache__")
})
const bytes = output.reduce((sum, file) => sum + Buffer.byteLength(file.code ?? ""), 0)
console.log(`the command: ${output.length} files, ${Math.round(bytes / 1024)} KB`)

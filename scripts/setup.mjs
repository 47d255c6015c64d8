// Brings a fresh clone to a working state: packages, and a Node that runs them. Plain JavaScript, because the machine's
// own Node (20 or later) runs it. Called by `npm run setup`, and before `npm run demo` and `npm test`.
//
// S1. A second call with an unchanged lockfile installs nothing.
// S2. It ends with an error, and says what to do, when no Node of at least 22.19 is left to run the project.

import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const PNPM = "pnpm@12.21.0"
const OLDEST_NODE = [22, 19]
const root = fileURLToPath(new URL("..", import.meta.url))
const stampFile = `${root}node_modules/.throughline-setup`
const windows = process.platform === "win32"

const stamp = createHash("sha256")
for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) stamp.update(readFileSync(root + file))
const wanted = `${stamp.digest("hex")} ${process.platform}-${process.arch}`

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) {
  console.error("Setting up: installing packages (about half a minute the first time) …")
  const install = spawnSync("npx", ["--yes", PNPM, "install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    shell: windows,
    encoding: "utf8"
  })
  if (install.error || install.status !== 0) {
    fail(`installing packages failed:\n${install.error?.message ?? install.stderr}`)
  }
}

const node = spawnSync(windows ? "node.exe" : "node", ["--version"], {
  encoding: "utf8",
  env: { ...process.env, PATH: `${root}node_modules/.bin${windows ? ";" : ":"}${process.env.PATH}` },
  shell: windows
})
const [major = 0, minor = 0] = (node.stdout ?? "").replace("v", "").split(".").map(Number)
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(
    `this machine has Node ${node.stdout?.trim() || "(none)"}, and the npm registry has no Node 24 for ` +
      `${process.platform}-${process.arch}. Install Node ${OLDEST_NODE.join(".")} or later and run the command again.`
  )
}
if (existsSync(`${root}node_modules`)) writeFileSync(stampFile, wanted)

function fail(message) {
  console.error(`setup: ${message}`)
  process.exit(1)
}

#!/usr/bin/env node
// The way into the command. Plain JavaScript that any Node parses: it finds a Node that is new enough and the code (the
// sources in a checkout, the bundle in the published package), and leaves everything else to them.

import { existsSync } from "node:fs"
import * as nodeModule from "node:module"
import { fileURLToPath } from "node:url"

const OLDEST_NODE = [22, 19]
const source = new URL("../src/main.ts", import.meta.url)
const isCheckout = existsSync(source)

if (isNewEnough(process.versions.node)) {
  nodeModule.enableCompileCache?.()
  const { runCommand } = await import(isCheckout ? source.href : new URL("../dist/main.mjs", import.meta.url).href)
  await runCommand(process.argv.slice(2))
} else {
  const own = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url))
  if (isCheckout && existsSync(own)) await runWith(own)
  else {
    const advice = isCheckout ? "run `npm run setup` once" : "install a newer Node"
    console.error(
      `throughline needs Node ${OLDEST_NODE.join(".")} or later, this is ${process.versions.node}: ${advice}`
    )
    process.exitCode = 1
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

/** The same command on the checkout's own Node. Ctrl+C reaches both of us on a terminal; elsewhere it is passed on. */
async function runWith(node) {
  const { spawn } = await import("node:child_process")
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" })
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"))
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  await new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`throughline: cannot start ${node}: ${error.message}`)
      process.exitCode = 1
      resolve()
    })
    child.on("exit", (code, signal) => {
      process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143)
      resolve()
    })
  })
}

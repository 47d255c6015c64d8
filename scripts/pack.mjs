// `npm run pack -- FOLDER`: builds the packages and writes them to FOLDER (default: packed) as .tgz files, as they would
// be published: `npm install packed/*.tgz` in a project of one's own. Whoever imports it gets them as a list of paths.

import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const isWindows = process.platform === "win32"

export function pack(folder) {
  const run = (command, args, cwd) =>
    execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"], shell: isWindows })
  mkdirSync(folder, { recursive: true })
  for (const file of packedIn(folder)) rmSync(file)
  run("npm", ["run", "--silent", "build"], root)
  for (const name of ["core", "executors", "storage", "cli"]) {
    run("npx", ["--yes", "pnpm@12.21.0", "pack", "--pack-destination", folder], join(root, name))
  }
  return packedIn(folder)
}

const packedIn = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".tgz"))
    .map((file) => join(folder, file))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? "packed")
  pack(folder)
  console.log(`In a project of your own: npm install ${join(folder, "*.tgz")}`)
}

// A folder of the process's own, gone when it ends.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class TempFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "throughline-bench-"))
  #count = 0

  /** A new folder within. */
  fresh(name: string): string {
    const path = join(this.path, `${name}-${this.#count++}`)
    mkdirSync(path)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

// Where the examples keep their runs: `THROUGHLINE_HOME`, else `.throughline` in the checkout, which git ignores.

import { fileURLToPath } from "node:url"

export const home = process.env.THROUGHLINE_HOME || fileURLToPath(new URL("../.throughline", import.meta.url))

// A question to whoever sits at the terminal.

import { createInterface } from "node:readline/promises"

/** `y` or `n`; asks again for anything else. `undefined` when the input ends without an answer. */
export async function askYesOrNo(question: string): Promise<"y" | "n" | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    terminal.setPrompt(question)
    terminal.prompt()
    for await (const line of terminal) {
      const answer = line.trim().toLowerCase()
      if (answer === "y" || answer === "yes") return "y"
      if (answer === "n" || answer === "no") return "n"
      terminal.prompt()
    }
    return undefined
  } finally {
    terminal.close()
  }
}

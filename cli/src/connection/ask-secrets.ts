// Secrets that a file leaves open are asked for, without showing what is typed.

import { createInterface } from "node:readline"
import { Writable } from "node:stream"
import { note } from "../command/print.ts"
import { CommandError } from "../command/usage-error.ts"

type Secrets = Readonly<Record<string, string>>

const isOpen = (secret: string): boolean =>
  /^\**$/.test(secret) || secret === "<no-change>" || secret === "<user-input>"

/** The secrets with those that are empty, starred out or `<user-input>` asked for. */
export async function askForSecrets(secrets: Secrets): Promise<Secrets> {
  return askFor(
    secrets,
    Object.keys(secrets).filter((key) => isOpen(secrets[key]!))
  )
}

/** For an update: what is empty or starred out stays what it was, `<user-input>` is asked for. */
export async function changeSecrets(stored: Secrets, given: Secrets): Promise<Secrets> {
  const kept = Object.fromEntries(
    Object.entries(given).map(([key, secret]) => [
      key,
      isOpen(secret) && secret !== "<user-input>" ? (stored[key] ?? "") : secret
    ])
  )
  return askFor(
    kept,
    Object.keys(kept).filter((key) => kept[key] === "<user-input>")
  )
}

async function askFor(secrets: Secrets, open: readonly string[]): Promise<Secrets> {
  if (open.length === 0) return secrets
  if (!process.stdin.isTTY) {
    throw new CommandError(
      `the secret ${open[0]} is not given, and there is no terminal to ask on: give --set ${open[0]}=…`
    )
  }
  note("=================== Please input required secrets ===================")
  const answers: Record<string, string> = { ...secrets }
  for (const key of open) answers[key] = await ask(key)
  return answers
}

function ask(key: string): Promise<string> {
  process.stderr.write(`${key}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  return new Promise((resolve, reject) => {
    terminal.once("SIGINT", () => {
      terminal.close()
      reject(new CommandError("stopped", 130))
    })
    terminal.question("", (answer) => {
      terminal.close()
      note("")
      resolve(answer)
    })
  })
}

// The two ways out of the command: results on stdout, everything else on stderr.

/** A result. Resolves when it has left the process. */
export function printResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error == null ? resolve() : reject(error)))
  })
}

/** As Python's `json.dumps(value, indent=4, ensure_ascii=False)` prints it. */
export const printJson = (value: unknown, indent = 4): Promise<void> => printResult(JSON.stringify(value, null, indent))

/** A remark for whoever watches. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

// A parsed command line, read by option name. What an option takes was checked by the parser.

import { CommandError } from "./usage-error.ts"

export class Arguments {
  readonly commandName: string
  readonly #words: ReadonlyMap<string, readonly string[]>

  constructor(commandName: string, words: ReadonlyMap<string, readonly string[]>) {
    this.commandName = commandName
    this.#words = words
  }

  has(option: string): boolean {
    return this.#words.has(option)
  }

  /** The option's word; the last one, where it was given more than once. */
  text(option: string): string | undefined {
    return this.#words.get(option)?.at(-1)
  }

  /** All words of the option, of every time it was given. */
  texts(option: string): readonly string[] {
    return this.#words.get(option) ?? []
  }

  number(option: string): number | undefined {
    const word = this.text(option)
    return word === undefined ? undefined : Number(word)
  }

  /** The word of an option that the parser made sure of. */
  needed(option: string): string {
    const word = this.text(option)
    if (word === undefined) throw new CommandError(`${option} is missing`, 2)
    return word
  }
}

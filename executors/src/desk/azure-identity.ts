// Signs in to Azure as this machine's identity: `DefaultAzureCredential` of the package @azure/identity, which is loaded
// when it is first needed. It is not one of our dependencies: who needs it installs it.
//
// I1. One sign-in at a time, and one token for all lanes until shortly before it expires.

import type { Token } from "./questions.ts"

const SCOPE = "https://cognitiveservices.azure.com/.default"
/** A token is renewed when it has less than this left. */
const MARGIN_MS = 5 * 60_000

interface Credential {
  getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>
}

type Load = () => Promise<{ readonly DefaultAzureCredential: new () => Credential }>

export class AzureIdentity {
  readonly #load: Load
  #credential: Promise<Credential> | undefined
  #token: Promise<Token> | undefined
  #renewAtMs = 0

  constructor(load: Load = loadPackage) {
    this.#load = load
  }

  /** @throws an error that says what was tried */
  token(): Promise<Token> {
    if (this.#token === undefined || Date.now() >= this.#renewAtMs) {
      this.#renewAtMs = Number.POSITIVE_INFINITY
      const asked = this.#signIn()
      this.#token = asked
      asked.then(
        ({ expiresAtMs }) => {
          this.#renewAtMs = expiresAtMs - MARGIN_MS
        },
        () => {
          this.#token = undefined
        }
      )
    }
    return this.#token
  }

  async #signIn(): Promise<Token> {
    this.#credential ??= this.#load().then(({ DefaultAzureCredential }) => new DefaultAzureCredential())
    this.#credential.catch(() => {
      this.#credential = undefined
    })
    const found = await (await this.#credential).getToken(SCOPE)
    if (found === null) throw new Error("DefaultAzureCredential gave no token")
    return { token: found.token, expiresAtMs: found.expiresOnTimestamp }
  }
}

/** A name that neither a bundler nor a package manager follows: who does not need it does not install it. */
const PACKAGE: string = "@azure/identity"

const loadPackage: Load = async () => {
  try {
    return (await import(PACKAGE)) as Awaited<ReturnType<Load>>
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error)
    throw new Error(`the package @azure/identity could not be loaded (npm install @azure/identity): ${reason}`)
  }
}

import { expect, test, vi } from "vitest"
import { AzureIdentity } from "./azure-identity.ts"

function anIdentity(getToken: () => Promise<{ token: string; expiresOnTimestamp: number } | null>) {
  const scopes: string[] = []
  class DefaultAzureCredential {
    getToken(scope: string) {
      scopes.push(scope)
      return getToken()
    }
  }
  return { identity: new AzureIdentity(async () => ({ DefaultAzureCredential })), scopes }
}

test("asks once for a token of the cognitive services, and again shortly before it expires (I1)", async () => {
  let count = 0
  vi.useFakeTimers({ now: 0, toFake: ["Date"] })
  try {
    const { identity, scopes } = anIdentity(async () => ({
      token: `t${++count}`,
      expiresOnTimestamp: Date.now() + 3_600_000
    }))

    const [first, beside] = await Promise.all([identity.token(), identity.token()])
    vi.setSystemTime(3_000_000)
    const later = await identity.token()
    vi.setSystemTime(3_300_001)
    const renewed = await identity.token()

    expect([first, beside, later].map(({ token }) => token)).toEqual(["t1", "t1", "t1"])
    expect(renewed.token).toBe("t2")
    expect(scopes[0]).toBe("https://cognitiveservices.azure.com/.default")
  } finally {
    vi.useRealTimers()
  }
})

test("a sign-in that failed is tried again with the next call", async () => {
  let isBroken = true
  const { identity } = anIdentity(async () => {
    if (isBroken) throw new Error("EnvironmentCredential: not set. AzureCliCredential: not found")
    return { token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }
  })

  await expect(identity.token()).rejects.toThrow("AzureCliCredential")
  isBroken = false

  expect((await identity.token()).token).toBe("t")
})

test("without the package it says what to install", async () => {
  await expect(new AzureIdentity().token()).rejects.toThrow("npm install @azure/identity")
})

import { expect, test } from "vitest"
import { didYouMean } from "./nearest-name.ts"
import { plainNameProblem } from "./plain-name.ts"

test.each([["fetch"], ["a.b"], ["名前"], ["with space"], ["__proto__"], ["console"], ["com10"], ["x..y"]])(
  "'%s' is a good name",
  (name) => {
    expect(plainNameProblem(name)).toBeUndefined()
  }
)

test.each([[""], ["."], [".."], ["a/b"], ["..\\x"], ["a\0"], ["a\nb"], ["NUL"], ["com1.txt"], ["é".repeat(101)]])(
  "%j is refused",
  (name) => {
    expect(plainNameProblem(name)).toBeTypeOf("string")
  }
)

test("the nearest name is suggested, and only a near one", () => {
  expect(didYouMean("Question", ["answer", "question"])).toBe("did you mean 'question'?")
  expect(didYouMean("quetsion", ["answer", "question"])).toBe("did you mean 'question'?")
  expect(didYouMean("p", ["q"])).toBeUndefined()
  expect(didYouMean("url", ["answer", "question"])).toBeUndefined()
})

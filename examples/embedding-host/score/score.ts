// F1 of the words of an answer against those of a reference: 1 when they are the same words, 0 when they share none.

export default function score(answer: string, reference: string): { score: number; missing: string[] } {
  const given = wordsOf(answer)
  const wanted = wordsOf(reference)
  const shared = [...wanted].filter((word) => given.has(word)).length
  const f1 = shared === 0 ? 0 : (2 * shared) / (given.size + wanted.size)
  return { score: Math.round(f1 * 1000) / 1000, missing: [...wanted].filter((word) => !given.has(word)) }
}

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu))

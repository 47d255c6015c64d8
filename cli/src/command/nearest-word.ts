// The known word that a mistyped one was probably meant to be.

/** `undefined` when nothing is near: more than a third of the letters would have to change. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let least = Math.ceil(word.length / 3) + 1
  for (const candidate of known) {
    const changes = distance(word, candidate)
    if (changes < least) {
      least = changes
      nearest = candidate
    }
  }
  return nearest
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

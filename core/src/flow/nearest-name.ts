// Finds the name that was probably meant, for "did you mean" hints. Says nothing when no name is near.

/** A hint such as `did you mean 'question'?`, or `undefined` when nothing is near enough. */
export function didYouMean(word: string, names: Iterable<string>): string | undefined {
  const name = nearestName(word, names)
  return name === undefined ? undefined : `did you mean '${name}'?`
}

/**
 * The name with the smallest edit distance; upper and lower case count as the same, ties go to the earlier one.
 *
 * @returns `undefined` when even the nearest differs in more than a third of its letters
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.min(Math.max(1, Math.floor(word.length / 3)) + 1, word.length)
  if (word.length > MAX_LENGTH) return undefined
  for (const name of names) {
    if (Math.abs(name.length - word.length) >= bestDistance) continue
    const distance = editDistance(wanted, name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Longer words are not worth the quadratic cost. */
const MAX_LENGTH = 100

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const current = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[right.length]!
}

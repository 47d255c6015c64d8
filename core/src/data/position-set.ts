// A set of line positions, one bit each, in pages that exist only where there are lines: which lines of a run are stored.
// It keeps R2 for a writer, and tells a resumed run what is left. Loads in a thread.

const PAGE_BITS = 16
const PAGE_WORDS = 2 ** PAGE_BITS / 32

export class PositionSet {
  readonly #pages = new Map<number, Uint32Array>()

  /**
   * Adds all positions, or none.
   *
   * @returns the first position that was there already; `undefined` when all were added
   */
  addAll(groups: readonly Uint32Array[]): number | undefined {
    for (let g = 0; g < groups.length; g++) {
      const positions = groups[g]!
      for (let i = 0; i < positions.length; i++) {
        if (this.#add(positions[i]!)) continue
        this.removeAll([...groups.slice(0, g), positions.subarray(0, i)])
        return positions[i]
      }
    }
    return undefined
  }

  has(position: number): boolean {
    const page = this.#pages.get(position >>> PAGE_BITS)
    return page !== undefined && (page[(position >>> 5) % PAGE_WORDS]! & (1 << (position & 31))) !== 0
  }

  removeAll(groups: readonly Uint32Array[]): void {
    for (const positions of groups) {
      for (const position of positions) {
        const page = this.#pages.get(position >>> PAGE_BITS)!
        page[(position >>> 5) % PAGE_WORDS]! &= ~(1 << (position & 31))
      }
    }
  }

  #add(position: number): boolean {
    const pageNumber = position >>> PAGE_BITS
    let page = this.#pages.get(pageNumber)
    if (page === undefined) {
      page = new Uint32Array(PAGE_WORDS)
      this.#pages.set(pageNumber, page)
    }
    const word = (position >>> 5) % PAGE_WORDS
    const bit = 1 << (position & 31)
    if ((page[word]! & bit) !== 0) return false
    page[word]! |= bit
    return true
  }
}

// Python's `==` on values that JSON can hold: what `activate` compares with. `1 == true`, `1 != "1"`.

/** True when Python would call the two values equal. */
export function pythonEquals(left: unknown, right: unknown): boolean {
  const a = typeof left === "boolean" ? Number(left) : left
  const b = typeof right === "boolean" ? Number(right) : right
  if (a === b) return true
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => pythonEquals(item, b[i]))
    )
  }
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) && pythonEquals((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    )
  )
}

// The filters that deal with addresses: `urlencode` and `urlize`.

import type { Run } from "./callable.ts"
import { escapeHtml, lengthOf, slicePoints } from "./text.ts"
import { unpack } from "./unpack.ts"
import { dictEntries, isDict, isStr, isTrue, iterate, listOf, Markup, str } from "./values.ts"

/** Percent-encodes all but letters, digits and `_.-~`; a path keeps its slashes, a query writes spaces as `+`. */
function quote(value: unknown, forQuery: boolean): string {
  const text = encodeURIComponent(str(value).toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return forQuery ? text.replaceAll("%20", "+") : text.replaceAll("%2F", "/")
}

/** Of a text its quoted form; of a dict or pairs a query. */
export function urlEncode(value: unknown): string {
  if (isStr(value)) return quote(value, false)
  let pairs: Iterable<unknown>
  if (isDict(value)) {
    pairs = dictEntries(value)
  } else {
    try {
      pairs = iterate(value)
    } catch {
      return quote(value, false)
    }
  }
  return Array.from(pairs, (pair) => {
    const items = unpack(pair, 2)
    return `${quote(items[0], true)}=${quote(items[1], true)}`
  }).join("&")
}

const PORT_AND_PATH = "(?::\\d{1,5})?(?:[/?#]\\S*)?$"
const ADDRESS = new RegExp(
  "^(?:(?:https?://|www\\.)(?:(?:[\\w%-]+\\.)+)?(?:[a-z]{2,63}|xn--[\\w%]{2,59})" +
    "|(?:[\\w%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)" +
    `|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))${PORT_AND_PATH}`,
  "i"
)
const EMAIL = /^\S+@\w[\w.-]*\.\w+$/

/** Makes links of the addresses in a text. */
export function urlize([value, limit, nofollow, target, rel, schemes]: readonly unknown[], run: Run): unknown {
  const rels = new Set([...(rel === null ? [] : str(rel).split(/\s+/)), "noopener"])
  if (isTrue(nofollow)) rels.add("nofollow")
  const attributes = ` rel="${escapeHtml([...rels].filter(Boolean).sort().join(" "))}"${
    target === null ? "" : ` target="${escapeHtml(str(target))}"`
  }`
  const shorten = (text: string) =>
    typeof limit === "number" && lengthOf(text) > limit ? `${slicePoints(text, 0, limit)}...` : text
  const link = (address: string, text: string) => `<a href="${address}"${attributes}>${shorten(text)}</a>`
  const extra = schemes === null ? [] : listOf(schemes).map(str)
  const text = value instanceof Markup ? value.text : escapeHtml(str(value))
  const result = text
    .split(/(\s+)/u)
    .map((word) => {
      const { head, middle, tail } = trimWord(word)
      if (ADDRESS.test(middle)) {
        return head + link(/^https?:\/\//.test(middle) ? middle : `https://${middle}`, middle) + tail
      }
      if (middle.startsWith("mailto:") && EMAIL.test(middle.slice(7))) {
        return `${head}<a href="${middle}">${middle.slice(7)}</a>${tail}`
      }
      if (/^(?!www\.|@)[^:]*@/.test(middle) && !middle.includes(":") && EMAIL.test(middle)) {
        return `${head}<a href="mailto:${middle}">${middle}</a>${tail}`
      }
      const isKnown = extra.some((scheme) => middle !== scheme && middle.startsWith(scheme))
      return isKnown ? `${head}<a href="${middle}"${attributes}>${middle}</a>${tail}` : word
    })
    .join("")
  return run.autoescape ? new Markup(result) : result
}

/** Takes brackets and punctuation off a word, but for closing brackets that the word itself opens. */
function trimWord(word: string): { head: string; middle: string; tail: string } {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? ""
  let middle = word.slice(head.length)
  let tail = /(?:[)>.,\n]|&gt;)+$/.exec(middle)?.[0] ?? ""
  middle = middle.slice(0, middle.length - tail.length)
  for (const [open, close] of [
    ["(", ")"],
    ["<", ">"],
    ["&lt;", "&gt;"]
  ] as const) {
    const count = (text: string, part: string) => text.split(part).length - 1
    const opened = count(middle, open)
    if (opened <= count(middle, close)) continue
    for (let moves = Math.min(opened, count(tail, close)); moves > 0; moves--) {
      const end = tail.indexOf(close) + close.length
      middle += tail.slice(0, end)
      tail = tail.slice(end)
    }
  }
  return { head, middle, tail }
}

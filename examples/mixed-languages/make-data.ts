// Writes data.jsonl: twenty invented orders. A small generator with a fixed seed, so that they are always the same.

import { writeFileSync } from "node:fs"

const CUSTOMERS = ["Ada Blum", "Björn Ek", "Chiara Neri", "Dong-hyun Seo", "Esra Aydın", "Fionn O'Dea", "Grace Njoku"]
const GOODS = [
  ["desk lamp", "39.90"],
  ["bookshelf", "129.00"],
  ["oak desk", "449.95"],
  ["office chair", "215.49"],
  ["waste basket", "12.25"],
  ["wall clock", "24.99"]
] as const

let state = 7
const below = (limit: number): number => {
  state = (state * 48_271) % 2_147_483_647
  return state % limit
}

const orders = Array.from({ length: 20 }, () => {
  const start = below(GOODS.length)
  const items = Array.from({ length: 1 + below(3) }, (_, i) => {
    const [name, price] = GOODS[(start + i) % GOODS.length]!
    return `${1 + below(4)} x ${name} @ ${price}`
  })
  const discount = [0, 0, 5, 10][below(4)]!
  return {
    customer: CUSTOMERS[below(CUSTOMERS.length)],
    order: items.join("; "),
    // A text, as a web form would send it: the flow's `int` input makes a number of it.
    discount_percent: String(discount)
  }
})

writeFileSync(new URL("data.jsonl", import.meta.url), orders.map((order) => `${JSON.stringify(order)}\n`).join(""))

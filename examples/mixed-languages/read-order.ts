// The first node: "2 x desk lamp @ 39.90; 1 x bookshelf @ 129.00" → the items of an order. Prices stay texts: they are
// decimal numbers, and JavaScript has none.

export interface Item {
  readonly name: string
  readonly quantity: number
  readonly price: string
}

export default function readOrder(order: string): Item[] {
  return order.split(";").map((part) => {
    const match = /^\s*(\d+)\s*x\s*(.+?)\s*@\s*(\d+\.\d{2})\s*$/.exec(part)
    if (match === null) throw new Error(`cannot read "${part.trim()}" as "quantity x name @ price"`)
    const [, quantity, name, price] = match
    return { name: name!, quantity: Number(quantity), price: price! }
  })
}

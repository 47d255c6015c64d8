export interface Grade {
  readonly said: string
  readonly isRight: boolean
}

export default function grade(answer: string, sentiment: string): Grade {
  const { sentiment: said } = JSON.parse(answer) as { readonly sentiment: string }
  return { said, isRight: said === sentiment }
}

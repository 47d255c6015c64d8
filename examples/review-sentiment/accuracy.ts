import type { Grade } from "./grade.ts"

export default function accuracy(grades: readonly Grade[], logMetric: (key: string, value: unknown) => void): void {
  logMetric("accuracy", grades.filter(({ isRight }) => isRight).length / grades.length)
  logMetric("answers", grades.length)
}

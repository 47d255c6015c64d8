import { ForeignValue, type RunSummary } from "@throughline/core"

/** A run's metrics with numbers as Python wrote them: a float that is whole keeps its point in `pythonJson`. */
export const exactMetrics = ({ metrics, metricTexts = {} }: RunSummary): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [
      key,
      Object.hasOwn(metricTexts, key) ? new ForeignValue(metricTexts[key]!) : value
    ])
  )

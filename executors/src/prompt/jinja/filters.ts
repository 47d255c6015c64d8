// All filters and tests by name.

import type { FilterTable } from "./filter-table.ts"
import { NUMBER_FILTERS } from "./number-filters.ts"
import { sequenceFilters } from "./sequence-filters.ts"
import { makeTests } from "./tests.ts"
import { TEXT_FILTERS } from "./text-filters.ts"

export const TESTS: FilterTable = makeTests((name) => Object.hasOwn(FILTERS, name))

export const FILTERS: FilterTable = {
  ...TEXT_FILTERS,
  ...NUMBER_FILTERS,
  ...sequenceFilters(() => FILTERS, TESTS)
}

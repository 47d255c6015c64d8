// The two lists of cases where Throughline is not as promptflow recorded it. A case on neither list must give exactly
// what was recorded; one that could leave its list fails the replay until it does.

const KEPT = "values stay as the data has them"
const PLACED = "an error with file, line and a hint instead of a Python traceback"
const BEFORE = "refused before any line runs, with the place and what to write"

/** Different on purpose: case → why. Our own outcome is recorded beside promptflow's. */
export const BETTER: Readonly<Record<string, string>> = {
  "aggregation-with-own-line-numbers": "values of one line stand at one index: lists are paired by line number",
  "data-csv-long-rows": "refused with file and line: shifted values are lost values",
  "data-dates": KEPT,
  "data-floats": KEPT,
  "data-integers-and-floats": KEPT,
  "data-integers-with-null": KEPT,
  "data-jsonl-bad-line": "fails that line, with file and line; the others run",
  "data-large-integer": KEPT,
  "data-missing-key": "the line without the column fails; nobody asked for NaN",
  "data-path-missing": "the error names the path",
  "data-rows-of-lists": "each such row fails its line, with file and line",
  "failure-beside-a-running-node": "a node that was stopped is Canceled, not Running for ever",
  "failure-raise-on-line-failure": "an error of the user's lines, and so told as one",
  "flex-declared-default": "a default that the file declares is used without being mapped",
  "flow-without-nodes-key": "a file without nodes is no flow, and is refused",
  "input-type-missing": PLACED,
  "input-type-unknown": PLACED,
  "line-numbers-partial": "refused with file and line: lines named 1.0 and NaN help nobody",
  "line-numbers-repeated": "refused with file and line: no row is dropped in silence",
  "model-functions-in-stream": "fails before the call is paid for",
  "node-type-unknown": PLACED,
  "output-type-unknown": PLACED,
  "prompty-dashes-in-template": PLACED,
  "prompty-model-unknown-field": PLACED,
  "prompty-parameters-missing": PLACED,
  "reference-index-in-node-input": BEFORE,
  "reference-key-of-list": "the error of a wrong reference, as for every other",
  "reference-quoted-keys": BEFORE,
  "reference-section-in-node-input": BEFORE,
  "tool-generator-raises": "a tool's own error is a user error that names its node",
  "unknown-language": "the error names the language and those that there are",
  "yaml-duplicate-key": PLACED,
  "yaml-second-document": PLACED,
  "yaml-tag-str": "refused with file and line: a tagged value is no text that an output could hold",
  "yaml-unquoted-date": "the date is the text that stands in the file, with a warning"
}

/** Those that are as promptflow's when the run asks for `compat: ["pandas-data"]`. */
export const WITH_PANDAS_DATA: readonly string[] = [
  "data-dates",
  "data-floats",
  "data-integers-and-floats",
  "data-integers-with-null",
  "data-jsonl-bad-line",
  "data-large-integer",
  "data-missing-key"
]

/** Not there yet: case → the feature it waits for. This list only shrinks. */
export const WAITING: Readonly<Record<string, string>> = {}

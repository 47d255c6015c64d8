import path from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import { findFlowFile } from "./find-flow-file.ts"
import { IssueList } from "./issue-list.ts"
import { aFlowFolder } from "./temp-flow.testkit.ts"

function find(flow: string | URL) {
  const issues = new IssueList()
  const file = findFlowFile(flow, issues)
  return { file, issue: issues.issues[0] }
}

test.each([["flow.dag.yaml"], ["flow.dag.yml"], ["flow.flex.yaml"], ["flow.flex.yml"]])(
  "a folder gives its %s",
  (name) => {
    const folder = aFlowFolder({ [name]: "", "other.yaml": "" })

    expect(find(folder).file).toEqual({ path: path.join(folder, name), kind: "yaml" })
    expect(find(pathToFileURL(folder)).file?.path).toBe(path.join(folder, name))
    expect(find(String(pathToFileURL(folder))).file?.path).toBe(path.join(folder, name))
  }
)

test("a file may have any stem, and its ending any case", () => {
  const folder = aFlowFolder({ "mine.YAML": "", "my.prompty": "" })

  expect(find(path.join(folder, "mine.YAML")).file?.kind).toBe("yaml")
  expect(find(path.join(folder, "my.prompty")).file?.kind).toBe("prompty")
})

test("a folder with several flow files is refused, naming them", () => {
  const { file, issue } = find(aFlowFolder({ flow: "", "flow.flex.yaml": "" }))

  expect(file).toBeUndefined()
  expect(issue?.code).toBe("ValidationException")
  expect(issue?.message).toContain("flow.dag.yaml, flow.flex.yaml")
})

test("a folder without a flow file is refused, and says what else is there", () => {
  expect(find(aFlowFolder({ "a.txt": "" })).issue?.message).toMatch(/neither flow.dag.yaml nor flow.flex.yaml/)
  expect(find(aFlowFolder({ "mine.yaml": "" })).issue?.hint).toMatch(/mine\.yaml/)
  expect(find(aFlowFolder({ "my.prompty": "" })).issue?.hint).toMatch(/my\.prompty/)
})

test("a path to nothing names the nearest neighbour", () => {
  const folder = aFlowFolder({ "flow.yaml": "" })

  expect(find(path.join(folder, "flwo.yaml")).issue).toMatchObject({
    message: "no such file or folder",
    hint: "did you mean 'flow.yaml'?"
  })
})

test("other endings, other URLs and impossible paths are refused", () => {
  const folder = aFlowFolder({ "flow.json": "" })

  expect(find(path.join(folder, "flow.json")).issue?.message).toMatch(/ends in .yaml, .yml or .prompty/)
  expect(find(new URL("https://example.com/flow.dag.yaml")).issue?.message).toMatch(/file: URL/)
  expect(find("a\0b").issue?.message).toMatch(/NUL/)
  expect(find("").issue?.message).toMatch(/empty/)
})

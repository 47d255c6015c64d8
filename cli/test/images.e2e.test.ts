// Images through a flow: from data and inputs into tools, prompts and aggregation, out into files; and what cannot be one.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import { describe, expect, test } from "vitest"
import { openRuntime } from "../src/index.ts"
import { isMissing } from "./missing-tool.ts"
import { CommandFolder } from "./run-command.ts"

/** The smallest PNG, and a GIF: what matters is how they begin. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)
const GIF = Buffer.from("GIF89a-and-more")

const TOOL = "from promptflow.core import tool\nfrom promptflow.contracts.multimedia import Image\n@tool\n"
const flow = (type: string, more = "") => `inputs:
  picture: { type: ${type} }
outputs:
  picture: { type: object, reference: "\${look.output.picture}" }
  about: { type: string, reference: "\${look.output.about}" }
  given: { type: object, reference: "\${inputs.picture}" }
nodes:
- name: look
  type: python
  source: { type: code, path: look.py }
  inputs: { picture: "\${inputs.picture}" }
${more}`
const LOOK = `${TOOL}def look(picture):
    first = picture
    while isinstance(first, (list, dict)):
        first = first[0] if isinstance(first, list) else first["deep"]
    return {"picture": picture, "about": f"{type(first).__name__} {first._mime_type} {len(first)} {first.source_url}"}
`

function aPlace(type: string, rows: readonly unknown[], more = ""): CommandFolder {
  const place = new CommandFolder()
  place.write({ "flow/flow.dag.yaml": flow(type, more), "flow/look.py": LOOK, "data/rows.jsonl": rows })
  place.writeBytes("data/pictures/one.png", PNG)
  place.writeBytes("flow/beside.gif", GIF)
  return place
}

const RUN = [
  "run",
  "create",
  "--flow",
  "flow",
  "--data",
  "data/rows.jsonl",
  "--column-mapping",
  "picture=${data.picture}"
]
const lines = (place: CommandFolder, run: string) =>
  readFileSync(place.path(`home/.runs/${run}/flow_outputs/output.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, Record<string, string>>)

test("of two runs in a row come each from beside their own data", async () => {
  const place = new CommandFolder()
  const picture = { "data:image/png;path": "one.png" }
  place.write({
    "flow/flow.dag.yaml": `inputs:
  picture: { type: object }
outputs:
  picture: { type: object, reference: "\${give.output}" }
nodes:
- { name: give, type: javascript, source: { type: code, path: give.mjs }, inputs: { picture: "\${inputs.picture}" } }
`,
    "flow/give.mjs": "export default (picture) => picture\n",
    "first/rows.jsonl": [{ picture }],
    "second/rows.jsonl": [{ picture }]
  })
  place.writeBytes("first/one.png", PNG)
  place.writeBytes("second/one.png", GIF)
  await using runtime = await openRuntime({ home: place.home })

  for (const name of ["first", "second"]) {
    await runtime.run({ flow: place.path("flow"), data: place.path(name, "rows.jsonl"), name }).result()
  }

  const bytes = ["first", "second"].map((name) => {
    const [file] = Object.values(lines(place, name)[0]!.picture!)
    return readFileSync(place.path("home/.runs", name, "flow_outputs", file!))
  })
  expect(bytes).toEqual([PNG, GIF])
})

describe.skipIf(isMissing("python3"))("images (need python3)", () => {
  test("come from files beside the data, from base64 and beside the flow, and leave as files beside output.jsonl", async () => {
    const place = aPlace("image", [
      { picture: { "data:image/png;path": "pictures/one.png" } },
      { picture: PNG.toString("base64") },
      { picture: "beside.gif" },
      { picture: { "data:image/x-own;base64": PNG.toString("base64") } }
    ])

    const { exitCode, stderr } = await place.run(...RUN, "--name", "r")

    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("0 failed")])
    const out = lines(place, "r")
    expect(out.map(({ about }) => about)).toEqual([
      `Image image/png ${PNG.length} None`,
      `Image image/png ${PNG.length} None`,
      `Image image/gif ${GIF.length} None`,
      `Image image/x-own ${PNG.length} None`
    ])
    const folder = place.path("home/.runs/r/flow_outputs")
    for (const [i, { picture, given }] of out.entries()) {
      expect(given).toEqual(picture)
      const [[key, name]] = Object.entries(picture!) as [[string, string]]
      expect(key).toBe(
        ["data:image/png;path", "data:image/png;path", "data:image/gif;path", "data:image/x-own;path"][i]
      )
      expect(readFileSync(join(folder, name))).toEqual(i === 2 ? GIF : PNG)
    }
    // The same bytes are one file.
    expect(readdirSync(folder)).toHaveLength(4)
    const artifact = JSON.parse(
      readFileSync(place.path("home/.runs/r/flow_artifacts/000000000_000000000.jsonl"), "utf8")
    ) as { run_info: { inputs: Record<string, Record<string, string>> } }
    const [file] = Object.values(artifact.run_info.inputs.picture!)
    expect([isAbsolute(file!), readFileSync(file!)]).toEqual([true, PNG])
  })

  test("are found inside of lists and objects, and not in inputs of other types", async () => {
    const image = { "data:image/png;path": "pictures/one.png" }
    const place = aPlace("object", [{ picture: { deep: [{ deep: image }] }, more: 1.0 }])

    await place.run(...RUN, "--name", "r")

    const [line] = lines(place, "r")
    expect(line!.about).toBe(`Image image/png ${PNG.length} None`)
    expect(JSON.stringify(line!.picture)).toMatch(
      /^\{"deep":\[\{"deep":\{"data:image\/png;path":"[0-9a-f]{32}\.png"\}\}\]\}$/
    )
  })

  test("reach aggregation nodes, line after line", async () => {
    const count = `- name: count
  type: python
  source: { type: code, path: count.py }
  aggregation: true
  inputs: { given: "\${inputs.picture}", made: "\${look.output.picture}" }
`
    const place = aPlace("image", [{ picture: PNG.toString("base64") }, { picture: "beside.gif" }], count)
    place.write({
      "flow/count.py":
        "from promptflow.core import log_metric\n" +
        `${TOOL}def count(given, made):\n    log_metric("sizes", [[type(i).__name__, len(i)] for i in given + made])\n`
    })

    await place.run(...RUN, "--name", "r")

    const sizes = [PNG, GIF, PNG, GIF].map(({ length }) => ["Image", length])
    expect(await place.json("run", "show-metrics", "-n", "r")).toEqual({ sizes })
  })

  test("of an earlier run are taken from beside its outputs, and by a run that resumes from it", async () => {
    const place = aPlace("image", [{ picture: PNG.toString("base64") }])
    await place.run(...RUN, "--name", "base")
    const mapping = ["--column-mapping", "picture=${run.outputs.picture}"]

    await place.run("run", "create", "--flow", "flow", "--run", "base", ...mapping, "--name", "next")
    await place.run("run", "create", "--resume-from", "base", "--name", "again")

    expect(lines(place, "next")[0]!.about).toBe(`Image image/png ${PNG.length} None`)
    expect(lines(place, "again")).toEqual(lines(place, "base"))
    const [file] = Object.values(lines(place, "again")[0]!.picture!)
    expect(readFileSync(place.path("home/.runs/again/flow_outputs", file!))).toEqual(PNG)
  })

  test("are printed in prompts as a short text", async () => {
    const place = new CommandFolder()
    place.write({
      "flow/flow.dag.yaml": `inputs:
  picture: { type: image }
  list: { type: list }
outputs:
  text: { type: string, reference: "\${say.output}" }
nodes:
- { name: say, type: prompt, source: { type: code, path: say.jinja2 }, inputs: { picture: "\${inputs.picture}", list: "\${inputs.list}" } }
`,
      "flow/say.jinja2": "![image]({{ picture }}) {{ list }}"
    })
    await using runtime = await openRuntime({ home: place.home })
    const picture = PNG.toString("base64")

    const { output } = await runtime.test({
      flow: place.path("flow"),
      inputs: { picture, list: [{ "data:image/png;base64": picture }] }
    })

    expect(output.text).toMatch(/^!\[image\]\(Image\(([0-9a-f]{8})\)\) \[Image\(\1\)\]$/)
  })

  test("of a tested flow are written under .promptflow, and may be in OpenAI's form", async () => {
    const place = aPlace("list", [], "message_format: openai-vision\n")
    place.write({
      "flow/look.py": `${TOOL}def look(picture):
    return {"picture": picture, "about": " ".join(type(each).__name__ for each in picture)}
`,
      "inputs.json": {
        picture: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${PNG.toString("base64")}` } },
          { type: "image_file", image_file: { path: place.path("data/pictures/one.png") } }
        ]
      }
    })

    const tested = await place.json<{ about: string; picture: unknown[] }>(
      ...["flow", "test", "--flow", "flow", "--inputs", "inputs.json"]
    )

    expect(tested.about).toBe("Text Image Image")
    const path = expect.stringMatching(/^\.promptflow\/output\/[0-9a-f]{32}\.png$/) as string
    const file = { type: "image_file", image_file: { path } }
    expect(tested.picture).toEqual([{ type: "text", text: "see" }, file, file])
    const [, first] = tested.picture as Array<{ image_file: { path: string } }>
    expect(readFileSync(place.path("flow", first!.image_file.path))).toEqual(PNG)
  })

  test.each([
    ["nowhere.png", "Failed to load image for input 'picture': (FileNotFoundError)"],
    ["", "(InvalidImageInput) The image input should not be empty."],
    [3, "(InvalidImageInput) a value of type number is no image"],
    [{ "data:image/png;base64": "!" }, "(InvalidImageInput) Invalid base64 image: !."],
    [{ "data:image/png;url": "http://127.0.0.1:1/x.png" }, "its address is not a public one"]
  ])("that cannot be had fail their line: %j", async (picture, message) => {
    const place = aPlace("image", [{ picture }, { picture: PNG.toString("base64") }])

    const { exitCode, stderr } = await place.run(...RUN, "--name", "r")

    expect(exitCode).toBe(0)
    expect(stderr).toContain(message)
    expect(lines(place, "r")).toHaveLength(1)
    const error = JSON.parse(readFileSync(place.path("home/.runs/r/error.json"), "utf8")) as {
      additionalInfo: [{ info: { errors: [{ error: { innerError: { code: string } } }] } }]
    }
    expect(error.additionalInfo[0].info.errors[0].error.innerError.code).toBe("LoadMultimediaDataError")
    expect(existsSync(dirname(place.path("home/.runs/r/error.json")))).toBe(true)
  })
})

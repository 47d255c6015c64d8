import { plain } from "@throughline/core/walk"
import { describe, expect, test } from "vitest"
import { openFlow, script, TOOL } from "./python-builders.ts"

/** The import lines that flows were seen to use. */
const imports = [
  "from promptflow import tool, log_metric, PFClient, ToolProvider, load_flow",
  "import promptflow as pf",
  "from promptflow.core import tool, Prompty, AzureOpenAIModelConfiguration, OpenAIModelConfiguration, log_metric, Flow",
  "from promptflow.connections import AzureOpenAIConnection, CustomConnection, CognitiveSearchConnection, OpenAIConnection",
  "from promptflow.connections import CustomStrongTypeConnection, ServerlessConnection, SerpConnection, FormRecognizerConnection",
  "from promptflow.client import PFClient, load_flow",
  "from promptflow.azure import PFClient",
  "from promptflow.entities import AzureOpenAIConnection, OpenAIConnection, CustomConnection, Run, FlowContext",
  "from promptflow.tracing import trace, start_trace, ThreadPoolExecutorWithContext",
  "from promptflow.tracing._tracer import Tracer",
  "from promptflow.contracts.multimedia import Image, Text",
  "from promptflow.contracts.types import Secret, PromptTemplate, FilePath, AssistantDefinition",
  "from promptflow.core._flow import Prompty",
  "from promptflow.core._connection import AzureOpenAIConnection, CustomConnection",
  "from promptflow.core._prompty_utils import parse_chat",
  "from promptflow.core._errors import ChatAPIInvalidRoleError",
  "from promptflow._sdk.entities import Run",
  "from promptflow._sdk._errors import ConnectionNotFoundError, InvalidRunStatusError",
  "from promptflow._utils.logger_utils import LoggerFactory, get_logger",
  "from promptflow.exceptions import UserErrorException, SystemErrorException",
  "from promptflow._internal import ErrorResponse, ExceptionPresenter, tool, ToolProvider",
  "from promptflow._core.tool import tool",
  "from promptflow.core._serving.app import create_app",
  "from promptflow._sdk.operations._flow_operations import FlowOperations",
  "from promptflow.contracts.run_info import Status",
  "from promptflow.tools import template_rendering",
  "from promptflow.tools.common import init_azure_openai_client, parse_chat",
  "from promptflow.tools.aoai import AzureOpenAI, chat, tool",
  "from promptflow.tools.openai import OpenAI",
  "from promptflow.tools.embedding import embedding",
  "from promptflow.evals.evaluate import evaluate",
  "from promptflow.evals.evaluators import RelevanceEvaluator, GroundednessEvaluator",
  "from promptflow.evals.synthetic import AdversarialSimulator",
  "from promptflow.rag import build_index",
  "from promptflow.rag.config import LocalSource",
  "from promptflow_vectordb.core.contracts import SearchResultEntity"
]

describe("without promptflow installed", () => {
  test("every name that flows import can be imported", async () => {
    const flow = await openFlow({
      nodes: { a: { code: `${imports.join("\n")}\n${script("", "return pf.__name__")}` } }
    })

    expect((await flow.call("a")).value).toBe("promptflow")
  })

  test.each([
    ["Flow.load('a.py')()", "Calling the flow 'a' from a tool is not available here"],
    ["PFClient()", "PFClient is not available here"],
    ["load_flow('a.py')()", "Calling the flow 'a' from a tool is not available here"],
    ["Run.create()", "Run.create is not available here"],
    ["RelevanceEvaluator(model=1)", "RelevanceEvaluator is not available here"]
  ])("%s explains what it needs", async (expression, message) => {
    const code = `from promptflow import PFClient, load_flow\nfrom promptflow.evals.evaluators import RelevanceEvaluator\nfrom promptflow.core import Flow\nfrom promptflow.entities import Run\n${script("", `return ${expression}`)}`
    const flow = await openFlow({ nodes: { a: { code } } })

    await expect(flow.call("a")).rejects.toThrow(message)
    await expect(flow.call("a")).rejects.toThrow("pip install promptflow")
  })

  test("the contracts of look-up tools are made from what they returned", async () => {
    const code = `from promptflow_vectordb.core.contracts import SearchResultEntity\n${script("x", "e = SearchResultEntity.from_dict(x)", "return [e.text, e.metadata, e.score]")}`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })

    const found = { text: "t", metadata: { source: "s" }, more: 1 }
    expect((await flow.call("a", { x: found })).value).toEqual(["t", { source: "s" }, null])
  })

  test("@tool takes options, leaves the function callable, and traced helpers work", async () => {
    const code = `from promptflow.core import tool\nfrom promptflow.tracing import trace, start_trace\nstart_trace(collection="x")\n@trace\ndef double(x):\n    return 2 * x\n@trace()\ndef again(x):\n    return double(x)\n@tool(name="shown", description="d", type="custom", input_schema={})\ndef run(x):\n    return again(x)\nassert run(2) == 4\n`
    const flow = await openFlow({ nodes: { a: { code, inputs: { x: "${inputs.x}" } } } })

    expect((await flow.call("a", { x: 3 })).value).toBe(6)
  })

  test("a folder called promptflow without code in it does not stand in the way", async () => {
    const flow = await openFlow({
      nodes: { a: { code: script("", "return 1") } },
      files: { "promptflow/notes.txt": "" }
    })

    expect((await flow.call("a")).value).toBe(1)
  })

  test("chat text is split into messages", async () => {
    const code = `from promptflow.core._prompty_utils import parse_chat\n${script("", "return parse_chat('system:\\nBe kind.\\n# user:\\nHi\\n')")}`
    const flow = await openFlow({ nodes: { a: { code } } })

    expect((await flow.call("a")).value).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hi" }
    ])
  })
})

// Run with THROUGHLINE_PROMPTFLOW_PYTHON=/path/to/python of an environment that has promptflow.
describe.skipIf(process.env.THROUGHLINE_PROMPTFLOW_PYTHON === undefined)("with promptflow installed", () => {
  const options = { python: process.env.THROUGHLINE_PROMPTFLOW_PYTHON ?? "" }

  test("its own tools, metrics, exceptions and connections work", async () => {
    const code = `import promptflow._core.tool as own\nfrom promptflow.core import tool, log_metric\nfrom promptflow.connections import CustomConnection\n@tool\ndef run(c: CustomConnection):\n    log_metric("m", 2)\n    return [own.__file__.endswith("_core/tool.py"), type(c).__module__, c.key]\n`
    const connections = {
      k: { type: "CustomConnection", module: "promptflow.connections", value: { key: "v" }, secret_keys: ["key"] }
    }
    const flow = await openFlow({ nodes: { a: { code, inputs: { c: "k" } } }, options, connections })
    const metrics = new Map<string, unknown>()

    const value = await flow.call("a", {}, { logMetric: (key, metric) => metrics.set(key, plain(metric)) })

    expect(value.value).toEqual([true, "promptflow.core._connection", "v"])
    expect(Object.fromEntries(metrics)).toEqual({ m: 2 })
  })

  test("its exceptions pass with their codes", async () => {
    const code = `from promptflow.exceptions import UserErrorException\n${script("", "raise UserErrorException(message_format='hi {a}', a=3)")}`
    const flow = await openFlow({ nodes: { a: { code } }, options })

    await expect(flow.call("a")).rejects.toMatchObject({
      record: { message: "hi 3", code: "UserError", innerError: null, referenceCode: "Unknown/__pf_main__" }
    })
  })

  test("async tools, generators and providers are recognised", async () => {
    const nodes = {
      a: { code: `${TOOL}@tool\nasync def run():\n    return "a"\n` },
      b: { code: `${TOOL}@tool\ndef run():\n    yield 1\n    yield 2\n` },
      c: { code: `${TOOL}@tool\nasync def run():\n    yield 1\n    yield 2\n` },
      d: {
        code: `from promptflow.core import ToolProvider, tool\nclass K(ToolProvider):\n    @tool\n    def run(self):\n        return "d"\n`
      }
    }
    const flow = await openFlow({ nodes, outputs: ["a", "b", "c", "d"], options })

    const values = await Promise.all(["a", "b", "c", "d"].map((node) => flow.call(node)))

    expect(values.map(({ value }) => value)).toEqual(["a", "12", "12", "d"])
    expect(flow.tools.a!.mayWait).toBe(true)
  })
})

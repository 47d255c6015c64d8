// The flows that `flow init` writes: file name → text.

export type FlowTemplate = "standard" | "evaluation" | "chat"
export type TemplateLanguage = "python" | "typescript"

export interface ChatModel {
  readonly connection: string
  readonly deployment: string
}

/** The files in the order in which they are written. */
export function templateFiles(
  template: FlowTemplate,
  language: TemplateLanguage,
  model: ChatModel
): Readonly<Record<string, string>> {
  const files = { standard, evaluation, chat: () => chat(model) }[template](language)
  return language === "typescript" || template === "chat"
    ? { ...files, ".gitignore": IGNORED }
    : { ...files, "requirements.txt": "promptflow\n", ".gitignore": IGNORED }
}

const IGNORED = ".env\n__pycache__/\n.promptflow/*\n!.promptflow/flow.tools.json\n.runs/\n"

const toolOf = (language: TemplateLanguage, name: string): string =>
  language === "python"
    ? `type: python\n  source:\n    type: code\n    path: ${name}.py`
    : `type: javascript\n  source:\n    type: code\n    path: ${name}.ts`

function standard(language: TemplateLanguage): Readonly<Record<string, string>> {
  const tool =
    language === "python"
      ? {
          "hello.py":
            "from promptflow.core import tool\n\n\n@tool\ndef echo_my_prompt(prompt: str) -> str:\n" +
            "    # Here a model could be asked, a file read, an answer checked.\n    return prompt.strip()\n"
        }
      : {
          "hello.ts":
            "export default function echoMyPrompt(prompt: string): string {\n" +
            "  // Here a model could be asked, a file read, an answer checked.\n  return prompt.trim()\n}\n"
        }
  return {
    "flow.dag.yaml": `inputs:
  text:
    type: string
outputs:
  output_prompt:
    type: string
    reference: \${echo_my_prompt.output}
nodes:
- name: hello_prompt
  type: prompt
  source:
    type: code
    path: hello.jinja2
  inputs:
    text: \${inputs.text}
- name: echo_my_prompt
  ${toolOf(language, "hello")}
  inputs:
    prompt: \${hello_prompt.output}
`,
    "hello.jinja2":
      "{# A template: {{name}} stands for an input of the node. #}\nWrite a short greeting about {{text}}.\n",
    ...tool,
    "data.jsonl": '{"text": "the sea"}\n'
  }
}

function evaluation(language: TemplateLanguage): Readonly<Record<string, string>> {
  const tools =
    language === "python"
      ? {
          "line_process.py":
            "from promptflow.core import tool\n\n\n@tool\ndef line_process(groundtruth: str, prediction: str) -> str:\n" +
            '    """Grades one line."""\n' +
            '    return "Correct" if groundtruth.lower() == prediction.lower() else "Incorrect"\n',
          "aggregate.py":
            "from typing import List\n\nfrom promptflow.core import log_metric, tool\n\n\n@tool\n" +
            "def aggregate(processed_results: List[str]) -> dict:\n" +
            '    """Sees the grades of all lines."""\n' +
            '    accuracy = processed_results.count("Correct") / max(len(processed_results), 1)\n' +
            '    log_metric("accuracy", accuracy)\n    return {"accuracy": accuracy}\n'
        }
      : {
          "line_process.ts":
            "/** Grades one line. */\nexport default function lineProcess(groundtruth: string, prediction: string): string {\n" +
            '  return groundtruth.toLowerCase() === prediction.toLowerCase() ? "Correct" : "Incorrect"\n}\n',
          "aggregate.ts":
            "type LogMetric = (key: string, value: number) => void\n\n/** Sees the grades of all lines. */\n" +
            "export default function aggregate(processed_results: readonly string[], logMetric: LogMetric) {\n" +
            '  const correct = processed_results.filter((grade) => grade === "Correct").length\n' +
            "  const accuracy = correct / Math.max(processed_results.length, 1)\n" +
            '  logMetric("accuracy", accuracy)\n  return { accuracy }\n}\n'
        }
  return {
    "flow.dag.yaml": `inputs:
  groundtruth:
    type: string
  prediction:
    type: string
outputs:
  results:
    type: string
    reference: \${line_process.output}
nodes:
- name: line_process
  ${toolOf(language, "line_process")}
  inputs:
    groundtruth: \${inputs.groundtruth}
    prediction: \${inputs.prediction}
- name: aggregate
  ${toolOf(language, "aggregate")}
  inputs:
    processed_results: \${line_process.output}
  aggregation: true
`,
    ...tools,
    "data.jsonl": '{"groundtruth": "Paris", "prediction": "paris"}\n{"groundtruth": "Rome", "prediction": "Milan"}\n'
  }
}

function chat({ connection, deployment }: ChatModel): Readonly<Record<string, string>> {
  return {
    "flow.dag.yaml": `inputs:
  chat_history:
    type: list
    is_chat_history: true
    default: []
  question:
    type: string
    is_chat_input: true
outputs:
  answer:
    type: string
    reference: \${chat.output}
    is_chat_output: true
nodes:
- name: chat
  type: llm
  source:
    type: code
    path: chat.jinja2
  inputs:
    deployment_name: ${deployment}
    model: ${deployment}
    max_tokens: '256'
    temperature: '0.7'
    chat_history: \${inputs.chat_history}
    question: \${inputs.question}
  connection: ${connection}
  api: chat
`,
    "chat.jinja2":
      "system:\nYou answer in a few sentences, and say so when you do not know.\n\n" +
      "{% for item in chat_history %}\nuser:\n{{item.inputs.question}}\nassistant:\n{{item.outputs.answer}}\n{% endfor %}\n\n" +
      "user:\n{{question}}\n",
    "openai.yaml": `name: ${connection}\ntype: open_ai\napi_key: "<user-input>"\n`,
    "azure_openai.yaml":
      `name: ${connection}\ntype: azure_open_ai\napi_key: "<user-input>"\napi_base: "<user-input>"\n` +
      'api_type: "azure"\n',
    "README.md":
      "# A chat flow\n\nIt needs a model. Make the connection that the flow names, once; the key is asked for:\n\n" +
      "```bash\nthroughline connection create --file openai.yaml\n```\n\n" +
      "(or `azure_openai.yaml`). Then ask:\n\n" +
      '```bash\nthroughline flow test --flow . --inputs question="What is a flow?"\n```\n'
  }
}

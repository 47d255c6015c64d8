import { executorSuite } from "@throughline/core/testing"
import { python } from "../src/python/index.ts"
import { decodeRecords } from "./decode-records.ts"

executorSuite("python()", () => ({
  definition: python(),
  nodes: {
    type: "python",
    decodeRecords,
    double: {
      path: "double.py",
      text: `import asyncio
from promptflow.core import tool
@tool
async def double(n: int):
    if n == -1:
        raise ValueError("minus one")
    if n == -2:
        await asyncio.sleep(3600)
    return 2 * n
`
    },
    sum: {
      path: "sum.py",
      text: "from promptflow.core import tool\n@tool\ndef add(values):\n    return sum(values)\n"
    },
    broken: { path: "broken.py", text: "def broken(:\n" }
  }
}))

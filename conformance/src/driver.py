"""Runs flows through promptflow, one forked process each, and tells what came of them.

Started by oracle.ts with the Python of promptflow's own virtual environment. Reads one job (JSON) a line from stdin and
answers with one outcome (JSON) a line on stdout, in the same order. What a job and an outcome hold is in outcome.ts.

Lines run inside the forked process by promptflow's own executor, with the two node threads that a batch worker has;
only a job that asks for `pool` gets promptflow's process pool, which takes seconds to start.
"""

import json
import os
import re
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

# Loaded before the first fork, so that no job pays for them.
import pandas  # noqa: F401
import promptflow._sdk._load_functions  # noqa: F401
import promptflow._sdk._orchestrator.utils  # noqa: F401
import promptflow.batch._batch_engine as batch_engine
import promptflow.executor._line_execution_process_pool as line_pool
import promptflow.tools  # noqa: F401
from promptflow._proxy._python_executor_proxy import PythonExecutorProxy
from promptflow._utils.exception_utils import ExceptionPresenter
from promptflow._utils.multimedia_utils import MultimediaProcessor
from promptflow.executor import FlowExecutor
from promptflow.storage._run_storage import DefaultRunStorage

JOB_LIMIT_SEC = 60
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Storage(DefaultRunStorage):
    """Keeps records in memory, so that a later run of the same job can resume from them."""

    def __init__(self, folder):
        super().__init__(base_dir=Path(folder))
        self.lines, self.nodes = {}, {}

    def persist_node_run(self, run_info):
        super().persist_node_run(run_info)
        self.nodes.setdefault(run_info.index, []).append(run_info)

    def persist_flow_run(self, run_info):
        super().persist_flow_run(run_info)
        self.lines[run_info.index] = run_info

    def load_flow_run_info(self, line_number):
        return self.lines.get(line_number)

    def load_node_run_info_for_line(self, line_number):
        return self.nodes.get(line_number, [])


class Records:
    """Stands in for the queue on which a worker process hands records to the main process."""

    def __init__(self, storage):
        self.put = storage.persist_flow_run


class Client:
    """Stands in for promptflow's client where a flow's environment variables name connections."""

    def __init__(self, job):
        self.connections, self.known = self, job.get("connections") or {}

    def get(self, name, with_secrets):
        from promptflow._sdk._errors import ConnectionNotFoundError
        from promptflow._sdk.entities._connection import CustomConnection

        if name not in self.known:
            raise ConnectionNotFoundError(f"Connection {name!r} is not found.")
        value = self.known[name]["value"]
        return CustomConnection(secrets=value, configs={}, name=name)


def proxy_class(storage):
    class Proxy(PythonExecutorProxy):
        """promptflow's proxy, its lines run here one after the other instead of in a pool."""

        async def _exec_batch(self, batch_inputs, output_dir, run_id=None, line_timeout_sec=None, **_):
            executor = self._flow_executor
            processor = MultimediaProcessor.create(getattr(executor, "_message_format", "basic"))
            results = []
            for inputs in batch_inputs:
                result = line_pool._exec_line(
                    executor,
                    Records(storage),
                    inputs=inputs,
                    run_id=run_id,
                    index=inputs["line_number"],
                    line_timeout_sec=line_timeout_sec,
                )
                result.output = processor.persist_multimedia_data(result.output, Path(output_dir))
                results.append(result)
            results.sort(key=lambda result: str(result.run_info.index).rjust(20))
            if hasattr(executor, "_run_tracker"):  # not the executors of flex flows and prompties
                executor._add_line_results(results)
            return results, False

    return Proxy


def codes(error):
    found = []
    while error:
        found.append(error["code"])
        error = error.get("innerError")
    return found


def failure(error):
    """An error dict, reduced to what is compared: its classes, and the Python class behind a tool's failure."""
    told = {"codes": codes(error)}
    for extra in error.get("additionalInfo") or []:
        if extra["type"] in ("ToolExecutionErrorDetails", "FlexFlowExecutionErrorDetails"):
            told["cause"] = extra["info"]["type"]
    return told


def line_of(result):
    number = result.run_info.index
    told = {
        "line": number if isinstance(number, int) else str(number),
        "status": result.run_info.status.value,
        "nodes": {name: info.status.value for name, info in sorted(result.node_run_infos.items())},
    }
    if result.run_info.error:
        told["error"] = failure(result.run_info.error)
    return told


def run_batch(job, flow_file, folder, storage, resume_from=None, sources=None):
    seen = []
    create = batch_engine.BatchResult.create
    batch_engine.BatchResult.create = lambda start, end, lines, *rest, **more: (
        seen.extend(lines), create(start, end, lines, *rest, **more))[1]
    if not job.get("pool"):
        # Its result is looked for once a second; this is the same without the wait, and without cancel and time limit.
        batch_engine.BatchEngine._exec_in_task = lambda self, *given: self._exec(
            *given, line_results=[], aggr_result=batch_engine.AggregationResult({}, {}, {}))
        batch_engine.ProxyFactory.executor_proxy_classes["python"] = proxy_class(storage)
    output_dir = Path(folder) / "flow_outputs"
    output_dir.mkdir(parents=True)
    engine = batch_engine.BatchEngine(
        flow_file,
        Path(job["flow"]) if Path(job["flow"]).is_dir() else Path(job["flow"]).parent,
        storage=storage,
        connections=job.get("connections") or {},
        worker_count=job.get("workers", 1),
        line_timeout_sec=job.get("lineTimeoutSec"),
        batch_timeout_sec=job.get("batchTimeoutSec"),
        init_kwargs=job.get("init"),
    )
    try:
        result = engine.run(
            sources or job["data"],
            job.get("mapping") or {},
            output_dir,
            max_lines_count=job.get("maxLines"),
            raise_on_line_failure=job.get("raiseOnLineFailure", False),
            resume_from_run_storage=resume_from,
        )
    finally:
        batch_engine.BatchResult.create = create
    summary = result.error_summary
    told = {
        "status": result.status.value,
        "lines": sorted((line_of(line) for line in seen), key=lambda line: str(line["line"]).rjust(20)),
        "outputs": output_lines(output_dir),
        "nodeStatus": dict(sorted(result.node_status.items())),
        "metrics": {key: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                    for key, value in sorted(result.metrics.items())},
    }
    if summary.aggr_error_dict:
        told["aggregation"] = {node: failure(error) for node, error in sorted(summary.aggr_error_dict.items())}
    if summary.batch_error_dict:
        told["error"] = failure(summary.batch_error_dict)
    return told


def output_lines(folder):
    path = folder / "output.jsonl"
    if not path.exists():
        return None
    return [ID.sub("<id>", line) for line in path.read_text("utf-8").split("\n") if line]


def run_node(job, flow_file):
    info = FlowExecutor.load_and_exec_node(
        flow_file,
        job["node"],
        flow_inputs=job.get("inputs"),
        dependency_nodes_outputs=job.get("nodeOutputs"),
        connections=job.get("connections") or {},
        working_dir=Path(job["flow"]),
    )
    told = {"status": info.status.value}
    if info.error:
        told["error"] = failure(info.error)
    else:
        told["outputs"] = [json.dumps(info.output, ensure_ascii=False)]
    return told


def flow_file_of(job):
    from promptflow._utils.flow_utils import resolve_flow_path

    folder, name = resolve_flow_path(Path(job["flow"]))
    return Path(folder) / name


def run(job, folder):
    with ExitStack() as stack:
        flow_file = flow_file_of(job)
        if not job.get("sdk"):
            os.environ.update(job.get("environment") or {})
        if job.get("sdk"):
            from promptflow._sdk._load_functions import load_flow
            from promptflow._sdk._orchestrator.utils import SubmitterHelper, flow_overwrite_context
            from promptflow._utils.flow_utils import parse_variant

            node, variant = parse_variant(job["variant"]) if job.get("variant") else (None, None)
            flow = stack.enter_context(flow_overwrite_context(load_flow(job["flow"]), node, variant, job.get("override")))
            client, environment = Client(job), job.get("environment")
            SubmitterHelper.resolve_connections(flow, client, environment_variables_overrides=environment)
            SubmitterHelper.init_env(SubmitterHelper.load_and_resolve_environment_variables(flow, environment, client))
            flow_file, job = Path(flow.path), {**job, "flow": str(flow.code)}
        if job.get("node"):
            return run_node(job, flow_file)
        storage = Storage(folder)
        previous = job.get("previous")
        if previous is None:
            return run_batch(job, flow_file, folder, storage)
        first = {**job, **previous, "previous": None}
        first_flow = flow_file_of(first)
        run_batch(first, first_flow, Path(folder) / "previous", storage)
        if job.get("resume"):
            return run_batch(job, flow_file, folder, Storage(folder), resume_from=storage)
        sources = {
            **job["data"],
            "run.inputs": first["data"]["data"],
            "run.outputs": str(Path(folder) / "previous" / "flow_outputs"),
        }
        return run_batch(job, flow_file, folder, storage, sources=sources)


def attempt(job):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(job, folder)
        except BaseException as error:
            told = failure(ExceptionPresenter.create(error).to_dict())
            if os.environ.get("CONFORMANCE_DEBUG"):
                told["message"] = str(error)
            return {"error": told}


def forked(job):
    """The job's outcome, from a process of its own: modules, environment and directory of one flow never reach the next."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        told = json.dumps(attempt(job))
        with os.fdopen(writer, "w") as pipe:
            pipe.write(told)
        os._exit(0)
    os.close(writer)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
    signal.alarm(JOB_LIMIT_SEC)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    signal.alarm(0)
    os.waitpid(child, 0)
    return json.loads(told) if told else {"error": {"codes": ["ProcessEnded"]}}


def main():
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(forked(json.loads(line))) + "\n")


if __name__ == "__main__":
    main()

"""From a node's source to something that can be called.

Every node gets its own copy of its file, run as a fresh module ``__pf_main__``; what that imports is shared as usual.
Tools of installed packages are found by ``package_tools.py``.

T1. A file has exactly one tool: a function of its own marked with ``@tool``, or one such method of a ``ToolProvider``.
T2. Whatever the file does while it is run (raise, exit, be misspelt), the process lives and the failure names the
    place.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import failures, package_tools
from .failures import MODULE, Failure, Record, record
from .literals import Connect, Kinds, convert_all, signature_kinds
from .missing_module import missing_module_hint

_PARSING = ["UserError", "ToolValidationError", "PythonParsingError"]
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)



@dataclass
class Tool:
    """A loaded tool, ready to be called with keyword arguments."""

    node: str
    function: Callable[..., Any]
    is_async: bool
    literals: Dict[str, Any]
    parameters: List[Tuple[str, bool]]
    #: Input name → (node, property text) of the node references, for messages.
    references: Mapping[str, Tuple[str, str]] = field(default_factory=dict)
    #: The output leaves this process: a stream is read to its end.
    leaves: bool = True
    #: Something outside of this process takes a property of the output.
    has_parts: bool = False
    #: Another node of this process takes the output by reference.
    is_kept: bool = True
    #: Most bytes of a result that is an output of the flow.
    limit: int = sys.maxsize
    #: Images in its arguments are objects.
    takes_images: bool = True
    #: The arguments are the frame's, as they are.
    is_plain: bool = False
    #: Where a function with ``**kwargs`` can see the order of its arguments.
    order: Optional[List[str]] = None


@dataclass
class Source:
    """Where a node's tool is: a file of the flow, or a package and perhaps a template of the flow."""

    path: str
    package_tool: Optional[str] = None
    module: Optional[str] = None


def load(
    folder: str, source: Source, node: str, literals: Mapping[str, Any], references: List[str], connect: Connect
) -> Tool:
    """Loads the node's tool. Raises ``Failure`` with the record of a ``ResolveToolError``."""
    if source.module is not None:
        _import_first(source.module, node)
    try:
        kinds: Optional[Kinds] = None
        if source.package_tool is None:
            function, owner = _find_tool(_run_file(folder, source.path, node), source.path)
        else:
            packaged = package_tools.find(source.package_tool, node)
            function, owner, kinds = packaged.function, packaged.owner, packaged.kinds
        if owner is None:
            bound, own = function, {}
        else:
            bound, own = _make_provider(owner, function, node, literals, references, connect, kinds)
        rest = {name: value for name, value in literals.items() if name not in own}
        signature = inspect.signature(bound)
        parameters = {name: each for name, each in signature.parameters.items() if each.kind not in VARIADIC}
        takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in signature.parameters.values())
        converted = convert_all(rest, kinds or signature_kinds(parameters), node, connect)
        if source.package_tool is not None and source.path != "":
            name, text = package_tools.prompt_argument(function, folder, source.path, source.package_tool)
            converted[name] = text
        return Tool(
            node=node,
            function=bound,
            is_async=inspect.iscoroutinefunction(bound),
            literals=converted,
            parameters=[(name, each.default is not inspect.Parameter.empty) for name, each in parameters.items()],
            order=[] if takes_any else None,
        )
    except Failure as failure:
        raise Failure(_unresolved(failure.record, node)) from failure


def _import_first(module: str, node: str) -> None:
    """Imports what the node's ``module`` names, before any tool is looked for."""
    try:
        importlib.import_module(module)
    except BaseException as error:
        cause = f"{type(error).__name__}: {failures.text_of(error)}"
        made = record(
            f"Failed to import modules with error: Import node '{node}' provider module '{module}' failed. "
            f"Root cause: {cause}.",
            ["UserError", "FailedToImportModule"],
            referenceCode="Runtime",
            debugInfo=failures.debug_info(error),
        )
        hint = missing_module_hint(error, f"node '{node}'")
        if hint is not None:
            made["hint"] = hint
        raise Failure(made) from error


def _unresolved(inner: Record, node: str) -> Record:
    """The record of a failed load: the inner one's codes, under a message that names the node."""
    last = inner["innerError"]
    kind = inner["code"]
    while last is not None:
        kind, last = last["code"], last["innerError"]
    return {
        **inner,
        "message": f"Tool load failed in '{node}': ({kind}) {inner['message']}",
        "messageFormat": "Tool load failed in '{node_name}'.",
        "messageParameters": {"node_name": node},
    }


# --- running the file -------------------------------------------------------------------------------------------------


def _run_file(folder: str, path: str, node: str) -> ModuleType:
    full = os.path.join(folder, path)
    if not os.path.isfile(full):
        raise Failure(
            record(
                f"Tool file '{path}' of node '{node}' does not exist.",
                ["UserError", "ValidationError", "InvalidSource"],
                referenceCode="Executor",
            )
        )
    spec = importlib.util.spec_from_file_location(MODULE, full)
    if spec is None or spec.loader is None:
        raise Failure(
            record(
                f"Python cannot load '{path}': it does not end in .py",
                ["UserError", "ToolValidationError", "PythonLoaderNotFound"],
                referenceCode="Tool",
            )
        )
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(MODULE)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise Failure(load_failure(error, folder, path, f"node '{node}'")) from error
    finally:
        if before is None:
            sys.modules.pop(MODULE, None)
        else:
            sys.modules[MODULE] = before
    return module


def load_failure(error: BaseException, folder: str, path: str, user: str) -> Record:
    """The record of a file that could not be run. ``user`` names who needs it: ``node 'a'``."""
    frames = [frame for frame in failures.user_frames(error.__traceback__) if not frame.filename.startswith("<frozen")]
    where = failures.place(frames, folder) or path
    kind, text = type(error).__name__, failures.text_of(error)
    hint: Optional[str] = None
    if isinstance(error, SyntaxError):
        if error.filename:
            file = failures.relative(error.filename, folder) if os.path.isabs(error.filename) else error.filename
            where = f"{file}:{error.lineno}" if error.offset is None else f"{file}:{error.lineno}:{error.offset}"
        text = error.msg or text
    elif isinstance(error, ModuleNotFoundError):
        hint = missing_module_hint(error, user, where)
    elif isinstance(error, (SystemExit, KeyboardInterrupt)):
        file = where.rsplit(":", 1)[0]
        hint = f"{file} ends the process while it is imported; {user} can be loaded when it no longer does"
        text = f"the module at {where} called exit({text}) while it was imported"
    details = {
        "type": kind,
        "message": failures.text_of(error),
        "traceback": failures.trace_of(error),
        "filename": frames[-1].filename if frames else os.path.join(folder, path),
        "lineno": frames[-1].lineno if frames else None,
        "name": frames[-1].name if frames else "<module>",
    }
    made = record(
        f"Failed to load '{path}' at {where}: ({kind}) {text}",
        [*_PARSING, "PythonLoadError"],
        referenceCode="Tool",
        additionalInfo=[{"type": "UserCodeStackTrace", "info": details}],
        place=where,
        debugInfo=failures.debug_info(error),
    )
    if hint is not None:
        made["hint"] = hint
    return made


# --- finding the tool -------------------------------------------------------------------------------------------------


def _find_tool(module: ModuleType, path: str) -> Tuple[Callable[..., Any], Optional[type]]:
    found: Dict[int, Tuple[str, Callable[..., Any], Optional[type]]] = {}
    for name, member in list(vars(module).items()):
        if getattr(member, "__module__", None) != MODULE:
            continue
        if isinstance(member, type):
            if any(base.__name__ == "ToolProvider" for base in member.__mro__):
                for key, method in inspect.getmembers(member, _is_tool):
                    found[id(method)] = (f"{name}.{key}", method, member)
        elif _is_tool(member):
            found[id(member)] = (name, member, None)
    if len(found) == 1:
        ((_, function, owner),) = found.values()
        return function, owner
    if not found:
        raise Failure(
            record(
                f"No tool in '{path}': mark one function of the file with @tool.",
                [*_PARSING, "NoToolDefined"],
                referenceCode="Tool",
                place=path,
            )
        )
    names = ", ".join(sorted(name for name, _, _ in found.values()))
    raise Failure(
        record(
            f"'{path}' has {len(found)} tools ({names}), a node's file has exactly one.",
            [*_PARSING, "MultipleToolsDefined"],
            referenceCode="Tool",
            place=path,
        )
    )


def _is_tool(member: Any) -> bool:
    return inspect.isfunction(member) and hasattr(member, "__tool")


def _make_provider(
    owner: type,
    method: Callable[..., Any],
    node: str,
    literals: Mapping[str, Any],
    references: List[str],
    connect: Connect,
    kinds: Optional[Kinds],
) -> Tuple[Callable[..., Any], Dict[str, Any]]:
    """Constructs the provider from the node's literals; hands back its tool, and the literals that it used up."""
    title = f"{owner.__name__}.{method.__name__}"
    signature = inspect.signature(owner)
    wanted = {name: each for name, each in signature.parameters.items() if each.kind not in VARIADIC}
    for name in references:
        if name in wanted:
            raise Failure(
                record(
                    f"Input '{name}' of '{title}' goes to the constructor: it takes a literal, not a reference.",
                    ["UserError", "ValidationError", "InputTypeMismatch"],
                    referenceCode="Executor",
                )
            )
    given = {name: value for name, value in literals.items() if name in wanted}
    own = convert_all(given, kinds or signature_kinds(wanted), node, connect)
    missing = [name for name, each in wanted.items() if each.default is inspect.Parameter.empty and name not in own]
    if missing:
        raise Failure(
            record(
                f"Required inputs {missing} of '{title}' are not given.",
                ["UserError", "ValidationError", "MissingRequiredInputs"],
                referenceCode="Executor",
            )
        )
    try:
        instance = owner(**own)
    except BaseException as error:
        raise Failure(
            record(
                f"'{owner.__name__}' could not be made: ({type(error).__name__}) {failures.text_of(error)}",
                ["UserError", "ToolLoadError"],
                referenceCode=f"Tool/{MODULE}",
                debugInfo=failures.debug_info(error),
            )
        ) from error
    return getattr(instance, method.__name__), given

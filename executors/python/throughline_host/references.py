"""Property paths into live objects: ``${node.output.key[0].attribute}``.

A number is an index; a text is a key of a dict and an attribute of anything else.
"""

from __future__ import annotations

from typing import Any, Sequence, Union

from .failures import Failure, record


def resolve(value: Any, path: Sequence[Union[str, int]], node: str, prop: str) -> Any:
    """Follows the path. Raises ``Failure`` with promptflow's codes where it leads nowhere."""
    for step in path:
        try:
            if isinstance(step, str) and not isinstance(value, dict):
                value = getattr(value, step)
            else:
                value = value[step]
        except (KeyError, IndexError, AttributeError) as error:
            raise Failure(_invalid(node, prop)) from error
        except Exception as error:
            raise Failure(record(str(error), ["SystemError", type(error).__name__])) from error
    return value


def path_text(path: Sequence[Union[str, int]]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text[1:] if text.startswith(".") else text


def _invalid(node: str, prop: str) -> Any:
    return record(
        f"Flow execution failed. Invalid property '{prop}' when accessing the node '{node}'.",
        ["UserError", "NodeReferenceError", "InvalidReferenceProperty"],
        messageFormat="Flow execution failed. Invalid property '{property}' when accessing the node '{node_name}'.",
        messageParameters={"property": prop, "node_name": node},
        referenceCode="Unknown",
        hint=f"the output of '{node}' has no '{prop}': compare the reference with what the node returns",
    )

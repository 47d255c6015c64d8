"""Exceptions of promptflow: a tool that raises one fails with exactly its message and codes."""

from __future__ import annotations

import string
from enum import Enum
from typing import Any, Dict, List, Optional


class ErrorCategory(str, Enum):
    USER_ERROR = "UserError"
    SYSTEM_ERROR = "SystemError"
    UNKNOWN = "Unknown"


class ErrorTarget(str, Enum):
    """Where an error arose."""

    EXECUTOR = "Executor"
    BATCH = "Batch"
    CORE = "Core"
    FLOW_EXECUTOR = "FlowExecutor"
    NODE_EXECUTOR = "NodeExecutor"
    TOOL = "Tool"
    AZURE_RUN_STORAGE = "AzureRunStorage"
    RUNTIME = "Runtime"
    UNKNOWN = "Unknown"
    RUN_TRACKER = "RunTracker"
    RUN_STORAGE = "RunStorage"
    CONTROL_PLANE_SDK = "ControlPlaneSDK"
    SERVING_APP = "ServingApp"
    FLOW_INVOKER = "FlowInvoker"
    FUNCTION_PATH = "FunctionPath"


class PromptflowException(Exception):
    """Base of all. The message is given, or made from a format and its parameters."""

    def __init__(
        self,
        message: Any = "",
        message_format: str = "",
        target: ErrorTarget = ErrorTarget.UNKNOWN,
        module: Optional[str] = None,
        privacy_info: Optional[List[str]] = None,
        **parameters: Any,
    ) -> None:
        error = parameters.pop("error", None)
        self.message_format = message_format
        self.target = target
        self.module = module
        self.privacy_info = privacy_info
        self._parameters = parameters
        self._message = str(message) if message else _filled(message_format, parameters)
        super().__init__(self._message)
        if isinstance(error, BaseException):
            self.__cause__ = error

    @property
    def message(self) -> str:
        return self._message

    @property
    def inner_exception(self) -> Optional[BaseException]:
        return self.__cause__ or self.__context__

    @property
    def additional_info(self) -> Optional[Dict[str, Any]]:
        return None

    @property
    def message_parameters(self) -> Dict[str, Any]:
        return dict(self._parameters)

    @property
    def serializable_message_parameters(self) -> Dict[str, str]:
        return {key: str(value) for key, value in self._parameters.items()}

    @property
    def reference_code(self) -> str:
        target = getattr(self.target, "value", self.target)
        return f"{target}/{self.module}" if self.module else str(target)

    @property
    def error_codes(self) -> List[str]:
        """Class names from the root inwards."""
        codes: List[str] = []
        for base in type(self).__mro__:
            if base is PromptflowException:
                break
            code = _ROOTS.get(base.__name__, base.__name__)
            codes.insert(0, code)
            if base.__name__ in ("UserErrorException", "SystemErrorException"):
                break
        if not codes or codes[0] not in ("UserError", "SystemError"):
            codes.insert(0, "SystemError")
        return codes


_ROOTS = {
    "UserErrorException": "UserError",
    "SystemErrorException": "SystemError",
    "ValidationException": "ValidationError",
}


class UserErrorException(PromptflowException):
    """The flow or the data has to change."""


class SystemErrorException(PromptflowException):
    """The engine or the machine has to change."""


class ValidationException(UserErrorException):
    """Something is not well formed."""


def _filled(message_format: str, parameters: Dict[str, Any]) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(message_format) if name}
    known = {name: parameters.get(name, f"<{name}>") for name in names}
    return message_format.format(**known)

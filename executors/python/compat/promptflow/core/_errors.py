"""Errors of promptflow's core, for code that catches them."""

from typing import List, Optional

from ..exceptions import UserErrorException, ValidationException


class CoreError(UserErrorException):
    """Base of the errors below."""


class ChatAPIInvalidRoleError(CoreError):
    pass


class ChatAPIFunctionRoleInvalidFormat(CoreError):
    pass


class ChatAPIToolRoleInvalidFormat(CoreError):
    pass


class JinjaTemplateError(CoreError):
    pass


class MissingRequiredInputError(CoreError):
    pass


class InvalidOutputKeyError(CoreError):
    pass


class InvalidSampleError(CoreError):
    pass


class InvalidConnectionError(CoreError):
    pass


class ConnectionNotFound(CoreError):
    pass


class RequiredEnvironmentVariablesNotSetError(CoreError):
    def __init__(self, env_vars: object = (), cls_name: str = "") -> None:
        super().__init__(message=f"The environment variables {list(env_vars)} must be set to make a {cls_name}.")


class UnknownConnectionType(CoreError):
    pass


class ToolValidationError(ValidationException):
    pass


class LLMError(UserErrorException):
    pass


class WrappedOpenAIError(UserErrorException):
    """What the model's service answered; the codes name the class that OpenAI's package has for it."""

    codes: Optional[List[str]] = None

    @property
    def error_codes(self) -> List[str]:
        return super().error_codes if self.codes is None else self.codes


class ExceedMaxRetryTimes(WrappedOpenAIError):
    pass

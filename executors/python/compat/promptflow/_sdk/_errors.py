"""Errors of the SDK."""

from ..exceptions import UserErrorException


class SDKError(UserErrorException):
    """Base of the errors below."""


class InvalidRunStatusError(SDKError):
    pass


class RunNotFoundError(SDKError):
    pass


class RunExistsError(SDKError):
    pass


class ConnectionNotFoundError(SDKError):
    pass


class InvalidFlowError(SDKError):
    pass


class RunOperationParameterError(SDKError):
    pass

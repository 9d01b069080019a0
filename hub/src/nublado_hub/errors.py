"""What can go wrong with the controller and the services beside it, and how the hub is told."""

from collections.abc import Sequence

from tornado import web

try:
    from jupyterhub.spawner import SpawnException
except ImportError:
    # JupyterHub 5 has none. It, too, logs no traceback for what derives from HTTPError.
    class SpawnException(web.HTTPError):  # type: ignore[no-redef]
        """A spawn that is refused for a reason of the user's."""

        def __init__(self, message: str, *, reason: str, status_code: int = 400) -> None:
            super().__init__(status_code, '%s', message, reason=reason)


# Errors that only the user can do something about.
USER_ERRORS = frozenset(
    {
        'permission_denied',
        'insufficient_quota',
        'unknown_image',
        'invalid_docker_reference',
        'invalid_lab_size',
    }
)

_UNREACHABLE = 'The lab controller cannot be reached at the moment. Please try again later.'
_NOT_LOGGED_IN = 'The user must log in to JupyterHub before a lab can be started for them.'
_UNUSABLE = 'The lab controller cannot be used. Please tell the operators of this site.'


class ServiceError(Exception):
    """A request to the controller, service discovery or Gafaelfawr that failed."""


class UnreachableError(ServiceError):
    """The service gave no answer, or one that promises better luck later. `problem`, if any, is for users."""

    def __init__(self, text: str, problem: str | None = None) -> None:
        super().__init__(text)
        self.problem = problem


class DiscoveryError(ServiceError):
    """Service discovery knows nothing of the service."""


class CredentialsError(ServiceError):
    """There is no token to authenticate a request with."""


class NotLoggedInError(CredentialsError):
    """The user has not logged in to the hub, or not with an authenticator that keeps tokens."""


class UnconfirmedError(ServiceError):
    """The identity service refuses a token, or says that it is another user's."""


class RefusedError(ServiceError):
    """The service answered with an error. `problem` is for users, the error's text for the log."""

    def __init__(self, request: str, status: int, problem: str, types: Sequence[str] = ()) -> None:
        super().__init__(f'{request} failed with status {status}: {problem}')
        self.status = status
        self.problem = problem
        self.types = tuple(types)


class SpawnFailedError(Exception):
    """The controller says that the lab does not start, or is there no more."""


class SpawnTimeoutError(TimeoutError):
    """The spawn's deadline has passed. JupyterHub shows `jupyterhub_message` to the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.jupyterhub_message = message


def is_passing(error: RefusedError | UnreachableError) -> bool:
    """Whether the same request may well succeed later, so that waiting for it is right."""
    return isinstance(error, UnreachableError) or error.status >= 500


def is_unknown(error: ServiceError) -> bool:
    """Whether the controller says that it knows no such lab.

    The status alone could as well come from an ingress whose service is away.
    """
    return isinstance(error, RefusedError) and error.status == 404 and 'unknown_user' in error.types


def user_error_type(error: Exception) -> str | None:
    """The type of an error which only the user can do something about."""
    if isinstance(error, NotLoggedInError):
        return 'not_logged_in'
    types = error.types if isinstance(error, RefusedError) else ()
    return next((name for name in types if name in USER_ERRORS), None)


def to_hub_error(error: Exception) -> web.HTTPError:
    """The error that JupyterHub shows to the user, and logs in one line, without a traceback."""
    user_error = user_error_type(error)
    match error:
        case RefusedError(problem=problem, status=status) if user_error is not None:
            return UserError(problem, user_error, status)
        case NotLoggedInError():
            return UserError(_NOT_LOGGED_IN, 'not_logged_in', 403)
        case RefusedError(problem=problem, status=401 | 403):
            return HubError(403, error, problem)
        case RefusedError(problem=problem):
            return HubError(502, error, problem)
        case UnreachableError(problem=problem):
            return HubError(503, error, problem or _UNREACHABLE)
        case SpawnFailedError():
            return HubError(500, error, str(error))
    return HubError(500, error, _UNUSABLE)


class UserError(SpawnException):  # type: ignore[misc]
    """A refusal for a reason of the user's, which JupyterHub 6 does not count as a failure of its own."""

    def __init__(self, message: str, reason: str, status: int) -> None:
        super().__init__(message, reason=reason, status_code=status)
        self.jupyterhub_message = message


class HubError(web.HTTPError):
    """Any other failure. Its cause is for the log, `jupyterhub_message` for the user."""

    def __init__(self, status: int, cause: Exception, message: str) -> None:
        # The text goes in as an argument, since tornado formats the message.
        super().__init__(status, '%s', str(cause))
        self.jupyterhub_message = message

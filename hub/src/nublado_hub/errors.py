"""Errors of requests to the controller and other services, and their conversion to errors of the hub."""

from collections.abc import Sequence

from tornado import web

try:
    from jupyterhub.spawner import SpawnException
except ImportError:
    # JupyterHub 5 has no such class. It logs no traceback for subclasses of HTTPError either.
    class SpawnException(web.HTTPError):  # type: ignore[no-redef]
        """A spawn that is refused because of what the user requested."""

        def __init__(self, message: str, *, reason: str, status_code: int = 400) -> None:
            super().__init__(status_code, '%s', message, reason=reason)


# Error types of the controller that only the user can resolve.
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
    """A failed request to the controller, service discovery or Gafaelfawr."""


class UnreachableError(ServiceError):
    """No answer, or a status that may pass. `problem` is the message for users; None for a default."""

    def __init__(self, text: str, problem: str | None = None) -> None:
        super().__init__(text)
        self.problem = problem


class DiscoveryError(ServiceError):
    """Service discovery has no usable entry for the service."""


class CredentialsError(ServiceError):
    """No token for a request."""


class NotLoggedInError(CredentialsError):
    """The user's auth state has no token: no login yet, or an authenticator that stores none."""


class UnconfirmedError(ServiceError):
    """The identity service refused the token, or it belongs to another user."""


class RefusedError(ServiceError):
    """An error status of a service. `problem` is the message for users, the text is for the log."""

    def __init__(self, request: str, status: int, problem: str, types: Sequence[str] = ()) -> None:
        super().__init__(f'{request} failed with status {status}: {problem}')
        self.status = status
        self.problem = problem
        self.types = tuple(types)


class SpawnFailedError(Exception):
    """The lab failed to start, or was deleted meanwhile, as the controller reports it."""


class SpawnTimeoutError(TimeoutError):
    """The spawn did not end within `start_timeout`. JupyterHub shows `jupyterhub_message` to the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.jupyterhub_message = message


def is_transient(error: RefusedError | UnreachableError) -> bool:
    """Whether the same request may succeed later, so that it is worth repeating."""
    return isinstance(error, UnreachableError) or error.status >= 500


def is_unknown_lab(error: ServiceError) -> bool:
    """Whether the controller answered that the user has no lab.

    Status 404 alone is not enough: an ingress without a backend answers it as well.
    """
    return isinstance(error, RefusedError) and error.status == 404 and 'unknown_user' in error.types


def user_error_type(error: Exception) -> str | None:
    """The type of an error that only the user can resolve; None for any other error."""
    if isinstance(error, NotLoggedInError):
        return 'not_logged_in'
    types = error.types if isinstance(error, RefusedError) else ()
    return next((name for name in types if name in USER_ERRORS), None)


def to_hub_error(error: Exception) -> web.HTTPError:
    """Converts to an error that JupyterHub shows to the user and logs in one line, without a traceback."""
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
    """A refused request of the user. JupyterHub 6 does not count it for `consecutive_failure_limit`."""

    def __init__(self, message: str, reason: str, status: int) -> None:
        super().__init__(message, reason=reason, status_code=status)
        self.jupyterhub_message = message


class HubError(web.HTTPError):
    """Any other failure. `cause` is for the log, `jupyterhub_message` for the user."""

    def __init__(self, status: int, cause: Exception, message: str) -> None:
        # Passed as an argument: tornado applies `%` to the message.
        super().__init__(status, '%s', str(cause))
        self.jupyterhub_message = message

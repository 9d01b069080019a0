"""The command line: ``nublado-hub-standby [options] -- command …``."""

import argparse
import asyncio
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from . import credentials
from .credentials import Credentials, CredentialsError
from .program import Plan, run
from .timing import Timing, seconds

_DESCRIPTION = """Stands by until a Kubernetes Lease is free, takes it, and runs a command for as long as it
holds the lease. Of all processes with the same lease, one runs its command."""

_EPILOG = """Everything after "--" is the command. Exit codes: that of the command; 75 when the command was
ended because the lease was lost; 0 on a signal while standing by; 2 for wrong options."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program and exits with its code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    separator = words.index('--') if '--' in words else len(words)
    parser = _parser()
    options = parser.parse_args(words[:separator])
    try:
        access = _credentials(options.kubeconfig)
        plan = _plan(options, words[separator + 1 :], access)
    except (CredentialsError, OSError, ValueError) as error:
        parser.error(str(error))
    sys.exit(asyncio.run(run(plan, access)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        'nublado-hub-standby',
        usage='%(prog)s [options] -- command ...',
        description=_DESCRIPTION,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument('--lease', default='nublado-hub', help='name of the Lease (default: %(default)s)')
    parser.add_argument('--namespace', help='its namespace (default: that of the pod or of the kubeconfig)')
    parser.add_argument(
        '--identity',
        default=socket.gethostname(),
        help='name of this holder, to which a UUID is appended (default: host name, which is the pod)',
    )
    for name, default, text in (
        ('lease-duration', '15s', 'how long other processes wait for a holder that does not renew'),
        ('renew-deadline', '10s', 'how long the holder tries to renew before it ends the command'),
        ('retry-period', '2s', 'time between two attempts'),
    ):
        parser.add_argument(f'--{name}', type=seconds, default=default, help=f'{text} (default: %(default)s)')
    parser.add_argument(
        '--kubeconfig', type=Path, help='file with the API server and a token (default: the service account)'
    )
    return parser


def _credentials(kubeconfig: Path | None) -> Credentials:
    return credentials.of_kubeconfig(kubeconfig) if kubeconfig else credentials.of_service_account()


def _plan(options: argparse.Namespace, command: Sequence[str], access: Credentials) -> Plan:
    if not command:
        raise ValueError('no command: nublado-hub-standby [options] -- command ...')
    namespace = options.namespace or access.namespace
    if not namespace:
        raise ValueError('the kubeconfig names no namespace: use --namespace')
    return Plan(
        command=command,
        lease=options.lease,
        namespace=namespace,
        # Unique also against an earlier process in the same pod, and a pod of the same name on a lost node:
        # their command may still run.
        identity=f'{options.identity}_{uuid4()}',
        timing=Timing(options.lease_duration, options.renew_deadline, options.retry_period),
    )


if __name__ == '__main__':
    main()

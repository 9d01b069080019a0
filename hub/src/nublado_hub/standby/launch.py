"""Becomes a command that does not outlive its parent: ``… -m nublado_hub.standby.launch PARENT COMMAND``.

A program of its own: code between fork and exec (`preexec_fn`) is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Sets the parent death signal SIGKILL and executes the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == 'linux':
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent ended before prctl.
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f'{command[0]}: {error.strerror}\n')
        sys.exit(127)


if __name__ == '__main__':
    main()

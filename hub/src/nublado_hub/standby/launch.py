"""Becomes a command that does not outlive its parent: ``… -m nublado_hub.standby.launch PARENT COMMAND``.

A program of its own, since Python between fork and exec is not safe in a process that may have threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Asks the kernel to kill this process with its parent, and gives it to the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == 'linux':
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent was gone before the kernel was told.
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f'{command[0]}: {error.strerror}\n')
        sys.exit(127)


if __name__ == '__main__':
    main()

"""The child process that runs while the lease is held."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress


class Child:
    """A running command with its own process group."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str]) -> 'Child':
        """Starts the command, which the kernel kills when this process ends.

        Call it from the main thread: PR_SET_PDEATHSIG acts when the thread that forked ends.
        """
        launch = [sys.executable, '-m', 'nublado_hub.standby.launch', str(os.getpid()), *command]
        return cls(await asyncio.create_subprocess_exec(*launch, start_new_session=True))

    @property
    def pid(self) -> int:
        """Its process ID, which is also that of its group."""
        return self._process.pid

    async def wait(self) -> int:
        """Waits for its end, kills the rest of its group, and returns its exit code (128 + signal)."""
        code = await self._process.wait()
        self.kill()
        return code if code >= 0 else 128 - code

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kills its whole process group (SIGKILL)."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

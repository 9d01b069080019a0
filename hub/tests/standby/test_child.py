"""What the kernel does when processes end, on real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nublado_hub.standby.child import Child

PARENT = """
import asyncio, os, signal, sys
from nublado_hub.standby import alarm
from nublado_hub.standby.child import Child

async def main():
    child = await Child.start(['sleep', '600'])
    await asyncio.to_thread(wait_until_it_sleeps, child.pid)
    print(child.pid, flush=True)
    {then}

def wait_until_it_sleeps(pid):
    while open(f'/proc/{{pid}}/comm').read() != 'sleep\\n':
        pass

asyncio.run(main())
"""

HANGS = """
    alarm.set_after(0.1)
    reader, writer = os.pipe()
    while True:
        os.write(writer, bytes(65536))
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except FileNotFoundError:
        return False
    # Whoever adopts orphans may take its time to bury them.
    return state not in ('Z', 'X')


def until_ended(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, f'process {pid} still lives'
        # Not a child of this process, so nothing tells of its end.
        time.sleep(0.01)


@pytest.mark.parametrize(
    ('then', 'ending'),
    [('os.kill(os.getpid(), signal.SIGKILL)', signal.SIGKILL), (HANGS.strip(), signal.SIGALRM)],
    ids=['killed', 'hanging'],
)
def test_the_command_ends_with_a_parent_that_is(then: str, ending: signal.Signals) -> None:
    program = [sys.executable, '-c', PARENT.format(then=then)]
    parent = subprocess.run(
        program, stdout=subprocess.PIPE, text=True, env={**os.environ, 'PYTHONPATH': 'src'}, timeout=20
    )

    assert parent.returncode == -ending
    until_ended(int(parent.stdout))


def test_a_command_whose_parent_has_gone_before_it_began_does_not_run() -> None:
    launch = [sys.executable, '-m', 'nublado_hub.standby.launch', '1', 'echo', 'it ran']
    process = subprocess.run(launch, capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': 'src'})

    assert (process.returncode, process.stdout) == (1, '')


async def test_what_a_command_leaves_behind_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('PYTHONPATH', 'src')
    file = tmp_path / 'pid'
    child = await Child.start(['sh', '-c', f'sleep 600 & echo $! > {file}; exit 3'])

    assert await child.wait() == 3
    until_ended(int(file.read_text()))


@pytest.mark.parametrize(
    ('command', 'code'),
    [(['sh', '-c', 'kill -TERM $$'], 143), (['no-such-command'], 127), (['true'], 0)],
    ids=['killed', 'unknown', 'succeeded'],
)
async def test_the_exit_code_of_a_command_is_that_of_a_shell(
    command: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('PYTHONPATH', 'src')

    assert await (await Child.start(command)).wait() == code

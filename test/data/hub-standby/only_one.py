"""A command of which one may run at a time: it says when it starts and ends, and when another one runs.

Arguments: the file to write to; the exit code after SIGTERM, or "never" to withstand it.
"""

import fcntl
import os
import signal
import sys
import time

file = open(sys.argv[1], "a")
ending = sys.argv[2]


def say(what):
    os.write(file.fileno(), f"{what} {os.getpid()} {time.time() * 1000:.0f}\n".encode())


def end(number, frame):
    say("told")
    if ending != "never":
        sys.exit(int(ending))


signal.signal(signal.SIGTERM, end)
try:
    # The kernel lets go of the lock when the process has ended, however that was.
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    say("overlap")
say("runs")
while True:
    signal.pause()

"""Watchdog: the kernel ends this process, and with it the command, unless the alarm is set again."""

import signal


def set_after(seconds: float) -> None:
    """Sets the alarm, in seconds from now; replaces an earlier one.

    SIGALRM keeps its default action, so it also ends a process in which Python hangs.
    """
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))


def stop() -> None:
    """Cancels the alarm."""
    signal.setitimer(signal.ITIMER_REAL, 0)

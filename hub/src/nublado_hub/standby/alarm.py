"""The last net: the kernel ends this process, and with it the command, when nobody has told it not to."""

import signal


def set_after(seconds: float) -> None:
    """Has the kernel end this process after so many seconds, whatever it hangs in; replaces an earlier alarm.

    Nothing of Python is needed for it: the signal keeps its default action.
    """
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))


def stop() -> None:
    """Takes the alarm back."""
    signal.setitimer(signal.ITIMER_REAL, 0)

"""Log: one line of JSON per event on standard error, which the command shares."""

import json
import sys
from datetime import UTC, datetime
from typing import Literal

Level = Literal['info', 'warning', 'error']


def record(message: str, level: Level = 'info', **fields: object) -> None:
    """Writes an event with the current time."""
    line = {'time': datetime.now(UTC).isoformat(timespec='milliseconds'), 'level': level, 'message': message}
    sys.stderr.write(json.dumps({**line, **fields}) + '\n')
    sys.stderr.flush()

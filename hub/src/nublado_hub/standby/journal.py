"""The log: one line of JSON per event, on standard error, beside what the command writes."""

import json
import sys
from datetime import UTC, datetime
from typing import Literal

Level = Literal['info', 'warning', 'error']


def record(message: str, level: Level = 'info', **fields: object) -> None:
    """Writes an event of now."""
    line = {'time': datetime.now(UTC).isoformat(timespec='milliseconds'), 'level': level, 'message': message}
    sys.stderr.write(json.dumps({**line, **fields}) + '\n')
    sys.stderr.flush()

"""Parser of server-sent events, by the HTML standard."""

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb'\r\n|\r|\n')

# Bytes. Longer lines are no events of the controller.
_MAX_LINE_BYTES = 1 << 20


@dataclass(frozen=True)
class ServerSentEvent:
    """One event. Differs from the standard: an event without an `id` field does not inherit the last one."""

    name: str
    data: str
    id: str | None


class EventParser:
    """Parses the bytes of a stream. Comments and blocks without data are no events."""

    def __init__(self) -> None:
        self._rest = b''
        self._name = ''
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Parses the next bytes and returns the events that they complete.

        Raises ValueError for a line longer than 1 MiB.
        """
        text = self._rest + chunk
        # A carriage return at the end may be the first half of a line end.
        held = text[-1:] == b'\r'
        *lines, rest = _LINE_END.split(text[:-1] if held else text)
        self._rest = rest + (b'\r' if held else b'')
        if len(self._rest) > _MAX_LINE_BYTES:
            raise ValueError('a line of the event stream has no end')
        parsed = (self._parse_line(line.decode('utf-8', 'replace')) for line in lines)
        return [event for event in parsed if event is not None]

    def _parse_line(self, line: str) -> ServerSentEvent | None:
        if line == '':
            return self._dispatch()
        field, _, value = line.partition(':')
        value = value.removeprefix(' ')
        match field:
            case 'event':
                self._name = value
            case 'data':
                self._data.append(value)
            case 'id' if '\0' not in value:
                self._id = value or None
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        name, data, event_id = self._name, self._data, self._id
        self._name, self._data, self._id = '', [], None
        return ServerSentEvent(name or 'message', '\n'.join(data), event_id) if data else None

"""Server-sent events, as the HTML standard has clients read them."""

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb'\r\n|\r|\n')

# An event is a line of text. Whoever sends more than this without a line end is no event stream.
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class ServerSentEvent:
    """One event. Unlike the standard's, an event that has no id of its own has none."""

    name: str
    data: str
    id: str | None


class EventParser:
    """Turns the bytes of a stream into events. Comments and blocks without data give none."""

    def __init__(self) -> None:
        self._rest = b''
        self._name = ''
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Takes the next bytes and returns the events that they complete.

        Raises ValueError for a line that is longer than any event.
        """
        text = self._rest + chunk
        # A carriage return at the very end may be half of a line end.
        held = text[-1:] == b'\r'
        *lines, rest = _LINE_END.split(text[:-1] if held else text)
        self._rest = rest + (b'\r' if held else b'')
        if len(self._rest) > _LONGEST_LINE:
            raise ValueError('a line of the event stream has no end')
        return [event for line in lines if (event := self._take(line.decode('utf-8', 'replace'))) is not None]

    def _take(self, line: str) -> ServerSentEvent | None:
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

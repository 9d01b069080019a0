"""Conversion of the controller's events to the progress that JupyterHub shows."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypedDict

from nublado_hub.events import ServerSentEvent

Severity = Literal['info', 'warning', 'error']

# The hub adds 100 % itself, once the lab answers.
_MAX_PROGRESS = 99

# Percentage of a `complete` event that has none.
_COMPLETE = 75

# Older events are shown with their time of day.
_RECENT = timedelta(seconds=5)

_SEVERITIES: dict[str, Severity] = {'info': 'info', 'warning': 'warning', 'error': 'error'}
_NAMED: dict[str, Severity] = {'info': 'info', 'error': 'error', 'complete': 'info', 'failed': 'error'}


class Report(TypedDict):
    """One progress event of JupyterHub."""

    progress: int
    message: str


@dataclass(frozen=True)
class Step:
    """An event that was not received before."""

    kind: Literal['info', 'complete', 'failed']
    text: str
    report: Report


class ProgressReducer:
    """Reduces events to steps: each event once, also when a stream is resumed; the percentage never falls."""

    def __init__(self, last_event_id: str | None = None) -> None:
        self.last_event_id = last_event_id
        self.progress = 0
        self.last_error: str | None = None
        self._ids: set[str] = set()
        self._without_id: list[tuple[str, str]] = []
        self._replayed = 0

    def resume(self) -> None:
        """To be called before each new stream: events without an ID start again from the first one."""
        self._replayed = 0

    def add(self, event: ServerSentEvent, now: datetime) -> Step | None:
        """Reduces the next event; None for a ping and for an event that was received before."""
        if event.name == 'ping' or self._is_repeated(event):
            return None
        data = _data_of(event.data)
        self._advance(event.name, data.get('progress'))
        text = _text_of(event, data.get('message'))
        if event.name == 'error':
            self.last_error = text
        severity = _SEVERITIES.get(str(data.get('severity'))) or _NAMED.get(event.name, 'info')
        report = self.report(severity, text + _time_note(data.get('timestamp'), now))
        match event.name:
            case 'complete':
                return Step('complete', text, report)
            case 'failed':
                return Step('failed', text, report)
        return Step('info', text, report)

    def report(self, severity: Severity, text: str, progress: int = 0) -> Report:
        """Makes a report with a percentage that is at least the last one."""
        self.progress = max(self.progress, progress)
        return {'progress': self.progress, 'message': f'[{severity}] {text}'}

    def _is_repeated(self, event: ServerSentEvent) -> bool:
        if event.id is not None:
            is_repeated = event.id in self._ids
            self._ids.add(event.id)
            self.last_event_id = event.id
            return is_repeated
        seen = (event.name, event.data)
        is_replayed = self._replayed < len(self._without_id) and self._without_id[self._replayed] == seen
        if not is_replayed:
            self._without_id = [*self._without_id[: self._replayed], seen]
        self._replayed += 1
        return is_replayed

    def _advance(self, name: str, progress: object) -> None:
        if isinstance(progress, int | float) and not isinstance(progress, bool) and 0 <= progress <= 100:
            self.progress = max(self.progress, min(_MAX_PROGRESS, int(progress)))
        elif name == 'complete':
            self.progress = max(self.progress, _COMPLETE)


def _data_of(data: str) -> dict[str, object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _text_of(event: ServerSentEvent, message: object) -> str:
    text = message if isinstance(message, str) else event.data
    return text if event.name in _NAMED else f'{event.name}: {text}'


def _time_note(timestamp: object, now: datetime) -> str:
    try:
        at = datetime.fromisoformat(timestamp).astimezone(UTC) if isinstance(timestamp, str) else now
    except (ValueError, OverflowError):
        return ''
    return f' ({at:%H:%M:%S} UTC)' if now - at >= _RECENT else ''

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nublado_hub.events import ServerSentEvent
from nublado_hub.progress import ProgressReducer, Report

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


def told(reducer: ProgressReducer, name: str, data: object, event_id: str | None = None) -> Report | None:
    step = reducer.add(ServerSentEvent(name, json.dumps(data), event_id), NOW)
    return step.report if step else None


def message(name: str, **data: Any) -> str:
    report = told(ProgressReducer(), name, data)
    assert report is not None
    return report['message']


@pytest.mark.parametrize(
    ('name', 'severity', 'expected'),
    [
        ('info', None, '[info] x'),
        ('error', None, '[error] x'),
        ('complete', None, '[info] x'),
        ('failed', None, '[error] x'),
        ('info', 'warning', '[warning] x'),
        ('info', 'strange', '[info] x'),
        ('new', None, '[info] new: x'),
    ],
)
def test_severity_is_the_controllers_or_that_of_the_events_name(
    name: str, severity: str | None, expected: str
) -> None:
    assert message(name, message='x', severity=severity) == expected


@pytest.mark.parametrize(
    ('timestamp', 'expected'),
    [
        ('2026-11-25T11:59:57.000Z', '[info] x'),
        ('2026-11-25T11:59:07.123Z', '[info] x (11:59:07 UTC)'),
        ('2026-11-25T13:00:30+02:00', '[info] x (11:00:30 UTC)'),
        ('2026-11-25T13:00:00Z', '[info] x'),
        ('yesterday', '[info] x'),
        (5, '[info] x'),
    ],
)
def test_old_events_tell_their_time_of_day(timestamp: object, expected: str) -> None:
    assert message('info', message='x', timestamp=timestamp) == expected


def test_progress_never_falls_and_leaves_the_last_percent_to_the_hub() -> None:
    reducer = ProgressReducer()
    given: list[object] = [1, 30, 20, None, 'x', True, -5, 101, 57.9, 100]

    reports = [
        told(reducer, 'info', {'message': 'x', 'progress': value}, f'op.{n}') for n, value in enumerate(given)
    ]

    assert [report and report['progress'] for report in reports] == [1, 30, 30, 30, 30, 30, 30, 30, 57, 99]


@pytest.mark.parametrize(('given', 'expected'), [(None, 75), (80, 80), (10, 10)])
def test_completion_means_three_quarters_if_it_does_not_say(given: int | None, expected: int) -> None:
    report = told(
        ProgressReducer(), 'complete', {'message': 'x', **({} if given is None else {'progress': given})}
    )

    assert report is not None
    assert report['progress'] == expected


def test_an_event_is_told_once() -> None:
    reducer = ProgressReducer()

    assert told(reducer, 'info', {'message': 'x'}, 'op.1') is not None
    assert told(reducer, 'info', {'message': 'x'}, 'op.1') is None
    assert told(reducer, 'info', {'message': 'x'}, 'op.2') is not None
    assert reducer.last_event_id == 'op.2'


def test_events_without_id_are_new_as_soon_as_a_replay_differs() -> None:
    reducer = ProgressReducer()
    for text in ('a', 'b', 'c'):
        told(reducer, 'info', {'message': text})

    reducer.resume()

    assert told(reducer, 'info', {'message': 'a'}) is None
    assert told(reducer, 'info', {'message': 'x'}) is not None
    assert told(reducer, 'info', {'message': 'c'}) is not None


def test_pings_say_nothing() -> None:
    assert told(ProgressReducer(), 'ping', {'message': 'x'}) is None

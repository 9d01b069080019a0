from dataclasses import replace

import pytest

from nublado_hub.standby.held_lease import Action, HeldLease, next_action
from nublado_hub.standby.timing import Timing

HELD = HeldLease(Timing(15, 10, 2), renewed_at=100, tried_at=100)


@pytest.mark.parametrize(
    ('now', 'expected'),
    [
        (100, (Action.WAIT, 102)),
        (101.9, (Action.WAIT, 102)),
        (102, (Action.RENEW, 110)),
        (109.9, (Action.RENEW, 110)),
        (110, (Action.TERMINATE, 113.75)),
        (113.7, (Action.TERMINATE, 113.75)),
        (113.75, (Action.KILL, 113.75)),
        (1000, (Action.KILL, 1000)),
    ],
)
def test_a_holder_renews_then_ends_the_command_then_kills_it(
    now: float, expected: tuple[Action, float]
) -> None:
    assert next_action(HELD, now) == expected


def test_a_failed_attempt_is_followed_by_another_one_retry_period_after_its_beginning() -> None:
    tried = replace(HELD, tried_at=104)

    assert next_action(tried, 105) == (Action.WAIT, 106)
    assert next_action(tried, 106)[0] is Action.RENEW


def test_no_wait_goes_beyond_the_deadline_of_the_renewal() -> None:
    assert next_action(replace(HELD, tried_at=109), 109.5) == (Action.WAIT, 110)


def test_a_lease_seen_with_another_ends_the_command_at_once() -> None:
    assert next_action(replace(HELD, is_lost=True), 101)[0] is Action.KILL


def test_a_process_that_wakes_up_after_the_deadline_does_not_renew_but_kills() -> None:
    assert next_action(HELD, 500)[0] is Action.KILL


def test_the_command_is_dead_before_the_lease_ends_for_any_who_saw_the_renewal() -> None:
    assert HELD.kill_at < HELD.alarm_at < HELD.renewed_at + HELD.timing.lease_duration

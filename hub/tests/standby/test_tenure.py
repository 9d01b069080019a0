from dataclasses import replace

import pytest

from nublado_hub.standby.tenure import Duty, Tenure, duty
from nublado_hub.standby.timing import Timing

HELD = Tenure(Timing(15, 10, 2), renewed_at=100, tried_at=100)


@pytest.mark.parametrize(
    ('now', 'expected'),
    [
        (100, (Duty.WAIT, 102)),
        (101.9, (Duty.WAIT, 102)),
        (102, (Duty.RENEW, 110)),
        (109.9, (Duty.RENEW, 110)),
        (110, (Duty.TERMINATE, 113.75)),
        (113.7, (Duty.TERMINATE, 113.75)),
        (113.75, (Duty.KILL, 113.75)),
        (1000, (Duty.KILL, 1000)),
    ],
)
def test_a_holder_renews_then_ends_the_command_then_kills_it(
    now: float, expected: tuple[Duty, float]
) -> None:
    assert duty(HELD, now) == expected


def test_a_failed_attempt_is_followed_by_another_one_retry_period_after_its_beginning() -> None:
    tried = replace(HELD, tried_at=104)

    assert duty(tried, 105) == (Duty.WAIT, 106)
    assert duty(tried, 106)[0] is Duty.RENEW


def test_no_wait_goes_beyond_the_deadline_of_the_renewal() -> None:
    assert duty(replace(HELD, tried_at=109), 109.5) == (Duty.WAIT, 110)


def test_a_lease_seen_with_another_ends_the_command_at_once() -> None:
    assert duty(replace(HELD, is_lost=True), 101)[0] is Duty.KILL


def test_a_process_that_wakes_up_after_the_deadline_does_not_renew_but_kills() -> None:
    assert duty(HELD, 500)[0] is Duty.KILL


def test_the_command_is_dead_before_the_lease_ends_for_any_who_saw_the_renewal() -> None:
    assert HELD.kill_at < HELD.alarm_at < HELD.renewed_at + HELD.timing.lease_duration

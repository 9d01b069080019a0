import pytest

from nublado_hub.standby.timing import Timing, seconds


@pytest.mark.parametrize(('text', 'expected'), [('15s', 15), ('500ms', 0.5), ('1.5m', 90), ('0s', 0)])
def test_durations_have_a_unit(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize('text', ['15', 's', '-1s', '1 s', '1h30m', '1e3s', ''])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='no duration'):
        seconds(text)


@pytest.mark.parametrize('durations', [(10, 10, 2), (15, 10, 10), (15, 2, 10), (15, 10, 0)])
def test_durations_that_leave_no_time_for_what_follows_are_refused(
    durations: tuple[float, float, float],
) -> None:
    with pytest.raises(ValueError, match='lease duration > renew deadline > retry period'):
        Timing(*durations)


def test_a_command_is_told_to_end_then_killed_then_ended_by_the_kernel_before_others_may_run() -> None:
    timing = Timing(15, 10, 2)

    assert timing.renew_deadline < timing.kill_after < timing.alarm_after < timing.lease_duration

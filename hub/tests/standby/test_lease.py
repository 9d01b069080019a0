from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nublado_hub.standby.lease import LeaseStatus, claimed, created, lease_status, observe, released
from nublado_hub.standby.timing import Timing

TIMING = Timing(15, 10, 2)
NOON = datetime(2026, 1, 1, 12, 0, 0, 123, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 12, 0, 2, tzinfo=UTC)


def a_lease(**spec: object) -> dict[str, Any]:
    held = {'holderIdentity': 'other', 'leaseDurationSeconds': 15, 'renewTime': '2001-01-01T00:00:00.000000Z'}
    return {'metadata': {'name': 'hub', 'resourceVersion': '7'}, 'spec': {**held, **spec}}


def seen(document: Mapping[str, Any], *, at: float, now: float) -> LeaseStatus:
    return lease_status(observe(None, document, at), 'me', TIMING, now)


def test_a_lease_of_another_may_be_taken_once_nobody_has_changed_it_for_as_long_as_it_says() -> None:
    assert seen(a_lease(), at=100, now=114.9) is LeaseStatus.HELD
    assert seen(a_lease(), at=100, now=115) is LeaseStatus.FREE


def test_the_duration_that_counts_is_the_one_in_the_lease() -> None:
    assert seen(a_lease(leaseDurationSeconds=60), at=100, now=115) is LeaseStatus.HELD


def test_a_lease_without_a_duration_lasts_as_long_as_ours() -> None:
    assert seen(a_lease(leaseDurationSeconds=None), at=100, now=114.9) is LeaseStatus.HELD
    assert seen(a_lease(leaseDurationSeconds=None), at=100, now=115) is LeaseStatus.FREE


@pytest.mark.parametrize('holder', ['', None])
def test_a_lease_without_a_holder_is_free_at_once(holder: str | None) -> None:
    assert seen(a_lease(holderIdentity=holder), at=100, now=100) is LeaseStatus.FREE


def test_a_lease_without_a_specification_is_free() -> None:
    assert seen({'metadata': {'name': 'hub'}}, at=100, now=100) is LeaseStatus.FREE


def test_our_own_lease_stays_ours_after_its_time() -> None:
    assert seen(a_lease(holderIdentity='me'), at=100, now=1000) is LeaseStatus.MINE


def test_times_in_the_lease_decide_nothing() -> None:
    ancient = a_lease(renewTime='1970-01-01T00:00:00.000000Z')
    future = a_lease(renewTime='2999-01-01T00:00:00.000000Z')

    assert seen(ancient, at=100, now=101) is LeaseStatus.HELD
    assert seen(future, at=100, now=115) is LeaseStatus.FREE


def test_the_time_runs_from_the_last_change_that_we_saw() -> None:
    first = observe(None, a_lease(), 100)
    unchanged = observe(first, a_lease(), 110)
    renewed = observe(unchanged, a_lease(renewTime='2001-01-01T00:00:02.000000Z'), 112)

    assert [first.since, unchanged.since, renewed.since] == [100, 100, 112]


def test_a_change_of_metadata_alone_is_no_renewal() -> None:
    first = observe(None, a_lease(), 100)
    labelled = {**a_lease(), 'metadata': {'name': 'hub', 'resourceVersion': '8', 'labels': {'a': 'b'}}}

    assert observe(first, labelled, 110).since == 100


def test_a_new_lease_is_ours_from_now_on() -> None:
    assert created('hub', 'me', Timing(1.2, 0.8, 0.1), NOON) == {
        'apiVersion': 'coordination.k8s.io/v1',
        'kind': 'Lease',
        'metadata': {'name': 'hub'},
        'spec': {
            'holderIdentity': 'me',
            'leaseDurationSeconds': 2,
            'acquireTime': '2026-01-01T12:00:00.000123Z',
            'renewTime': '2026-01-01T12:00:00.000123Z',
            'leaseTransitions': 0,
        },
    }


def test_a_lease_taken_from_another_counts_the_change_and_claims_the_version_that_was_read() -> None:
    taken = claimed(a_lease(leaseTransitions=4, strategy='kept'), 'me', TIMING, NOON)

    assert taken['metadata'] == {'name': 'hub', 'resourceVersion': '7'}
    assert taken['spec'] == {
        'holderIdentity': 'me',
        'leaseDurationSeconds': 15,
        'acquireTime': '2026-01-01T12:00:00.000123Z',
        'renewTime': '2026-01-01T12:00:00.000123Z',
        'leaseTransitions': 5,
        'strategy': 'kept',
    }


def test_a_renewal_changes_the_time_of_renewal_only() -> None:
    held = claimed(a_lease(), 'me', TIMING, NOON)

    renewed = claimed(held, 'me', TIMING, LATER)

    assert renewed['spec'] == {**held['spec'], 'renewTime': '2026-01-01T12:00:02.000000Z'}


def test_a_released_lease_has_no_holder_and_keeps_its_count() -> None:
    held = claimed(a_lease(leaseTransitions=4), 'me', TIMING, NOON)

    freed = released(held, LATER)

    assert (freed['spec']['holderIdentity'], freed['spec']['leaseTransitions']) == ('', 5)
    assert seen(freed, at=100, now=100) is LeaseStatus.FREE

"""Rules of leader election with a Lease of ``coordination.k8s.io/v1``: pure, without I/O and clock."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from .timing import Timing

type_meta = {'apiVersion': 'coordination.k8s.io/v1', 'kind': 'Lease'}

Document = Mapping[str, Any]


class LeaseStatus(Enum):
    """Status of a lease for one candidate."""

    MINE = 'mine'
    FREE = 'free'
    HELD = 'held by another'


@dataclass(frozen=True)
class Observation:
    """The spec of a lease, and the local time, in seconds, at which it was first observed."""

    spec: Document
    since: float

    @property
    def holder(self) -> str:
        """Identity of the present or last holder; empty for a released lease."""
        return self.spec.get('holderIdentity') or ''


def observe(previous: Observation | None, document: Document, now: float) -> Observation:
    """The observation after another read. Only a changed spec renews its time."""
    spec = document.get('spec') or {}
    return previous if previous and previous.spec == spec else Observation(spec, now)


def lease_status(observation: Observation, identity: str, timing: Timing, now: float) -> LeaseStatus:
    """Status of the lease. Its times are not read, since they are by clocks of other machines.

    It has expired when its spec has not changed for `leaseDurationSeconds` of the local clock.
    """
    if not observation.holder:
        return LeaseStatus.FREE
    if observation.holder == identity:
        return LeaseStatus.MINE
    duration = observation.spec.get('leaseDurationSeconds') or math.ceil(timing.lease_duration)
    return LeaseStatus.HELD if now < observation.since + duration else LeaseStatus.FREE


def created(name: str, identity: str, timing: Timing, time: datetime) -> Document:
    """A new lease, held by ``identity``."""
    return {**type_meta, 'metadata': {'name': name}, 'spec': _held({}, identity, timing, time, transitions=0)}


def claimed(document: Document, identity: str, timing: Timing, time: datetime) -> Document:
    """The lease acquired or renewed by ``identity``. Its resource version lets one such write succeed."""
    spec = document.get('spec') or {}
    transitions = spec.get('leaseTransitions') or 0
    if spec.get('holderIdentity') == identity:
        return {**document, 'spec': {**spec, 'renewTime': _micro_time(time)}}
    return {**document, 'spec': _held(spec, identity, timing, time, transitions + 1)}


def released(document: Document, time: datetime) -> Document:
    """The lease without a holder, which any candidate may acquire at once."""
    times = {'acquireTime': _micro_time(time), 'renewTime': _micro_time(time)}
    spec = {**(document.get('spec') or {}), **times, 'holderIdentity': '', 'leaseDurationSeconds': 1}
    return {**document, 'spec': spec}


def _held(spec: Document, identity: str, timing: Timing, time: datetime, transitions: int) -> Document:
    return {
        **spec,
        'holderIdentity': identity,
        'leaseDurationSeconds': math.ceil(timing.lease_duration),
        'acquireTime': _micro_time(time),
        'renewTime': _micro_time(time),
        'leaseTransitions': transitions,
    }


def _micro_time(time: datetime) -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%S.%fZ')

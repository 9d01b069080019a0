"""The rules of leader election with a Lease of ``coordination.k8s.io/v1``: no input, no output, no clock."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from .timing import Timing

type_meta = {'apiVersion': 'coordination.k8s.io/v1', 'kind': 'Lease'}

Document = Mapping[str, Any]


class Standing(Enum):
    """What a lease means to one contender."""

    MINE = 'mine'
    FREE = 'free'
    HELD = 'held by another'


@dataclass(frozen=True)
class Observation:
    """The specification of a lease, and the local time at which it was first seen like this."""

    spec: Document
    since: float

    @property
    def holder(self) -> str:
        """Who holds the lease, or held it last; empty if it has been released."""
        return self.spec.get('holderIdentity') or ''


def observe(previous: Observation | None, document: Document, now: float) -> Observation:
    """What is known after another look at the lease. Only a changed specification counts as news."""
    spec = document.get('spec') or {}
    return previous if previous and previous.spec == spec else Observation(spec, now)


def standing(observation: Observation, identity: str, timing: Timing, now: float) -> Standing:
    """Whether the lease may be taken. Its times are not read: clocks of other machines are not to be trusted.

    It has expired when nobody has changed it for as long as it says, by our own clock.
    """
    if not observation.holder:
        return Standing.FREE
    if observation.holder == identity:
        return Standing.MINE
    duration = observation.spec.get('leaseDurationSeconds') or math.ceil(timing.lease_duration)
    return Standing.HELD if now < observation.since + duration else Standing.FREE


def created(name: str, identity: str, timing: Timing, time: datetime) -> Document:
    """A lease that does not exist yet, held by ``identity``."""
    return {**type_meta, 'metadata': {'name': name}, 'spec': _held({}, identity, timing, time, transitions=0)}


def claimed(document: Document, identity: str, timing: Timing, time: datetime) -> Document:
    """The lease taken or renewed by ``identity``; its resource version lets only one such claim succeed."""
    spec = document.get('spec') or {}
    transitions = spec.get('leaseTransitions') or 0
    if spec.get('holderIdentity') == identity:
        return {**document, 'spec': {**spec, 'renewTime': _micro_time(time)}}
    return {**document, 'spec': _held(spec, identity, timing, time, transitions + 1)}


def released(document: Document, time: datetime) -> Document:
    """The lease without a holder, free for anybody at once."""
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

import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { isInit } from './pod';

const FIRST_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;

/** A container that has run that long starts with the shortest back-off again. */
const LONG_RUN_MS = 600_000;

/**
 * Whether a container is started again when it ends. Only restart policy `Always` is followed: any other pod ends with its
 * container, so that tests can end labs.
 */
export function isRestarted(pod: V1Pod, container: V1Container): boolean {
  return pod.spec?.restartPolicy === 'Always' && !isInit(pod, container) && !pod.metadata?.deletionTimestamp;
}

/** Delay of the next start after `ends` ends in a row: none at first, then as a kubelet has it. */
export function backOffMs(ends: number): number {
  return ends <= 1 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** (ends - 2), MAX_BACK_OFF_MS);
}

/** The number of ends in a row after another one. */
export function endsAfter(ends: number, startedAt: Date, finishedAt: Date): number {
  return finishedAt.getTime() - startedAt.getTime() > LONG_RUN_MS ? 1 : ends + 1;
}

import { judgeStart, type Obstacle } from '../../../src/domain/pod-verdict';
import type { PodBuilder } from '../../support/builders';

/** How long obstacles to a start are waited for, in milliseconds. */
export const PATIENCE = {
  imagePullPatienceMs: 30_000,
  unschedulablePatienceMs: 300_000,
  startRetryPatienceMs: 20_000,
};

/** The instant of a first look, in milliseconds of the epoch. */
export const NOW = 1_000_000;

/** What a spawn makes of its pod at an instant. */
export const judge = (pod: PodBuilder, nowMs = NOW, earlier: Obstacle | null = null) =>
  judgeStart(pod, { nowMs, earlier }, PATIENCE);

/** Judges states of one pod at their instants; gives the last verdict. */
export function judgeInTurn(...states: readonly (readonly [number, PodBuilder])[]) {
  let earlier: Obstacle | null = null;
  let verdict: ReturnType<typeof judge> = { kind: 'waiting', obstacle: null };
  for (const [nowMs, pod] of states) {
    verdict = judge(pod, nowMs, earlier);
    earlier = verdict.kind === 'waiting' ? verdict.obstacle : null;
  }
  return verdict;
}

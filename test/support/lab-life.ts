import type { LabLife } from '../../src/domain/lab-history';
import { AN_INSTANT } from './builders';

/** An entry of a lab history; by default an evicted lab. */
export function aLife(changes: Partial<LabLife> = {}): LabLife {
  return {
    startedAt: '2077-10-23T08:00:00.000Z',
    endedAt: AN_INSTANT,
    image: 'registry.test/sketchbook:w_2077_44@sha256:1234',
    size: 'small',
    outcome: 'lost',
    reason: 'PodEvicted',
    message: 'The lab was evicted from its node: low on memory. Start it again.',
    endedBy: { kind: 'cluster', name: null },
    ...changes,
  };
}

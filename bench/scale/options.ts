import type { TemporalKind } from '../../stack/start';
import type { Unrelated } from './unrelated';

/** Sizes and times of a run. */
export interface ScaleOptions {
  readonly labs: number;
  /** Number of labs at which processes at rest are measured too. */
  readonly also: number;
  /** Labs between two readings of rate and memory. */
  readonly step: number;
  /** Spawns at a time while labs come. */
  readonly width: number;
  /** Spawns at once, on the empty cluster and on top of all labs. */
  readonly burst: number;
  readonly unrelated: Unrelated;
  /** Labs of the hub that end by themselves, five in a second. */
  readonly exits: number;
  readonly idleMs: number;
  /** Interval at which the labs of the burst on top read their pods. */
  readonly checkMs: number;
  readonly temporal: TemporalKind;
}

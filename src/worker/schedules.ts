import type { Config } from '../config/config';
import type { ProcessContext } from '../process/context';
import { keepTrying } from '../process/keep-trying';
import { type ScheduledWorkflow, schedulePasses, unschedulePasses } from '../temporal/schedules';

/** How often each kind of passes runs; null for not at all. */
type Intervals = Readonly<Record<ScheduledWorkflow, number | null>>;

function intervalsOf({ lab, images }: Config): Intervals {
  return {
    reconcile: lab.reconcileIntervalMs,
    refreshImages: images.source.type === 'static' ? null : images.refreshIntervalMs,
  };
}

/**
 * Sets the passes going as soon as Temporal can be reached, and anew whenever the configuration changes their
 * intervals. Resolves once they are set; until then it tries.
 */
export function keepScheduled(
  { liveConfig, logger, temporal }: ProcessContext,
  signal: AbortSignal,
): Promise<void> {
  const set = (type: ScheduledWorkflow, everyMs: number | null) =>
    keepTrying(
      () =>
        everyMs === null
          ? unschedulePasses(temporal.client, type)
          : schedulePasses(temporal.client, type, everyMs),
      { complaint: `passes of ${type} could not be scheduled yet`, logger, signal },
    );
  const setAll = async (wanted: Intervals, before: Partial<Intervals>): Promise<void> => {
    if (wanted.reconcile !== before.reconcile) await set('reconcile', wanted.reconcile);
    if (wanted.refreshImages !== before.refreshImages) await set('refreshImages', wanted.refreshImages);
  };
  let intervals = intervalsOf(liveConfig.current.config);
  let settled = setAll(intervals, {});
  liveConfig.onChange(({ config }) => {
    const [before, wanted] = [intervals, intervalsOf(config)];
    intervals = wanted;
    settled = settled.then(() => setAll(wanted, before));
  });
  return settled;
}

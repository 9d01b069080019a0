import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config';
import type { ProcessContext } from '../process/context';
import { keepTrying } from '../process/keep-trying';
import { type ScheduledWorkflow, schedulePasses, unschedulePasses } from '../temporal/schedules';

/** How often passes run, null for not at all; and what else makes one due at once when it changes. */
interface Passes {
  readonly everyMs: number | null;
  readonly of: unknown;
}

type AllPasses = Readonly<Record<ScheduledWorkflow, Passes>>;

function passesOf({ lab, images }: Config): AllPasses {
  return {
    reconcile: { everyMs: lab.reconcileIntervalMs, of: null },
    refreshImages: {
      everyMs: images.source.type === 'static' ? null : images.refreshIntervalMs,
      of: [images, lab.nodeSelector, lab.tolerations],
    },
  };
}

/**
 * Sets the passes going as soon as Temporal can be reached, and anew whenever the configuration changes their
 * intervals or what images they are about. Resolves once they are set; until then it tries.
 */
export function keepScheduled(
  { liveConfig, logger, temporal }: Pick<ProcessContext, 'liveConfig' | 'logger' | 'temporal'>,
  signal: AbortSignal,
): Promise<void> {
  const set = (type: ScheduledWorkflow, { everyMs }: Passes) =>
    keepTrying(
      () =>
        everyMs === null
          ? unschedulePasses(temporal.client, type)
          : schedulePasses(temporal.client, type, everyMs),
      { complaint: `passes of ${type} could not be scheduled yet`, logger, signal },
    );
  const setAll = async (wanted: AllPasses, before: AllPasses | null): Promise<void> => {
    for (const type of ['reconcile', 'refreshImages'] as const) {
      if (!isDeepStrictEqual(wanted[type], before?.[type])) await set(type, wanted[type]);
    }
  };
  let passes = passesOf(liveConfig.current.config);
  let settled = setAll(passes, null);
  liveConfig.onChange(({ config }) => {
    const [before, wanted] = [passes, passesOf(config)];
    passes = wanted;
    settled = settled.then(() => setAll(wanted, before));
  });
  return settled;
}

import { isDeepStrictEqual } from 'node:util';
import { prepullSettings, wantPulls } from '../activities/prepull-starter';
import type { Config } from '../config/config';
import type { ProcessContext } from '../process/context';
import { keepTrying } from '../process/keep-trying';
import { inTime } from '../temporal/calls';
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

/** Passes that are kept scheduled. */
export interface ScheduledPasses {
  /** Resolves once all are set; until then it is tried. */
  settled(): Promise<void>;
  /** Sets all of them once more, for when Temporal has lost them. */
  restore(): void;
}

/**
 * Sets the passes going as soon as Temporal can be reached, and anew whenever the configuration changes their
 * intervals or what images they are about.
 */
export function keepScheduled(
  {
    liveConfig,
    logger,
    metadata,
    temporal,
  }: Pick<ProcessContext, 'liveConfig' | 'logger' | 'metadata' | 'temporal'>,
  signal: AbortSignal,
): ScheduledPasses {
  const { client } = temporal;
  /** Images of no repository are refreshed no more, so nobody else takes back what nodes were to pull. */
  const stopRefreshing = async (): Promise<void> => {
    await unschedulePasses(client, 'refreshImages');
    const settings = prepullSettings(liveConfig.current.config, metadata.namespace);
    await wantPulls(client, { pulls: [], settings });
  };
  const stop = (type: ScheduledWorkflow) =>
    type === 'refreshImages' ? stopRefreshing() : unschedulePasses(client, type);
  const set = (type: ScheduledWorkflow, { everyMs }: Passes) =>
    keepTrying(
      () => inTime(client, () => (everyMs === null ? stop(type) : schedulePasses(client, type, everyMs))),
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
  return {
    settled: () => settled,
    restore() {
      settled = settled.then(() => setAll(passes, null));
    },
  };
}

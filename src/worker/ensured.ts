import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { ProcessContext } from '../process/context';
import type { Ensured } from '../process/upkeep';
import { describeSchedule, schedulePasses, triggerPass, unschedulePasses } from '../temporal/schedules';
import { restoreCatalogue } from '../workflow-clients/catalogue';
import { CATALOGUE_WORKFLOW_ID, RECONCILIATION_RECORD_ID } from '../workflow-clients/names';
import { prepullSettings, wantPulls } from '../workflow-clients/prepull';
import { readReconciliation, startFirstPass } from '../workflow-clients/reconciliation-record';
import { SCHEDULES, type ScheduledWorkflow } from '../workflow-clients/schedules';
import { ensureWatch, WATCH_WORKFLOW_ID } from '../workflow-clients/watch';

/** Interval of checks for a loss of Temporal's data; until it is detected, running labs may count as unknown. */
const RECORD_CHECK_MS = 2_000;

/** Interval of checks that the watch is open. Without it, labs get changes of their pods late. */
const WATCH_CHECK_MS = 5_000;

/** Interval of checks of everything else. */
const CHECK_MS = 10_000;

/** Interval of extra passes while there are unadopted labs. */
const UNSETTLED_RETRY_MS = 60_000;

type Context = Pick<ProcessContext, 'config' | 'liveConfig' | 'logger' | 'metadata' | 'temporal'>;

/** Everything that must exist in Temporal while workers run. Each worker checks all of it. */
export function ensuredByWorker(context: Context): readonly Ensured[] {
  const { client } = context.temporal;
  const isRefreshed = () => context.liveConfig.current.config.images.source.type !== 'static';
  return [
    { name: `workflow ${WATCH_WORKFLOW_ID}`, checkMs: WATCH_CHECK_MS, ensure: () => ensureWatch(client) },
    {
      name: `workflow ${RECONCILIATION_RECORD_ID}`,
      checkMs: RECORD_CHECK_MS,
      ensure: ensureReconciled(client, context.logger),
    },
    {
      name: `workflow ${CATALOGUE_WORKFLOW_ID}`,
      checkMs: CHECK_MS,
      ensure: ensureCatalogue(client, isRefreshed),
    },
    ensuredSchedule('reconcile', context),
    ensuredSchedule('reconcileFileServers', context),
    ensuredSchedule('refreshImages', context),
  ];
}

/** Interval of passes, null for none; and the settings of which a change triggers a pass. */
interface Passes {
  readonly everyMs: number | null;
  readonly of: unknown;
}

const PASSES: Readonly<Record<ScheduledWorkflow, (config: Config) => Passes>> = {
  reconcile: ({ lab }) => ({ everyMs: lab.reconcileIntervalMs, of: null }),
  reconcileFileServers: ({ fileserver }) => ({
    everyMs: fileserver.enabled ? fileserver.reconcileIntervalMs : null,
    of: fileserver,
  }),
  refreshImages: ({ lab, images }) => ({
    everyMs: images.source.type === 'static' ? null : images.refreshIntervalMs,
    of: [images, lab.nodeSelector, lab.tolerations],
  }),
};

/**
 * A schedule. The configuration is applied at the start and after every change, which also triggers a pass. Between
 * changes only its existence is checked, not its interval, which workers with different versions of the configuration
 * would change in turn. Where it is disabled, it is removed.
 */
function ensuredSchedule(type: ScheduledWorkflow, context: Context): Ensured {
  const { config, liveConfig, metadata, temporal } = context;
  const { client } = temporal;
  let applied: Passes | null = null;
  const remove = async (): Promise<void> => {
    await unschedulePasses(client, SCHEDULES[type]);
    if (type !== 'refreshImages') return;
    // Without a repository there is no refresh any more, so the wanted pulls are withdrawn here.
    const settings = prepullSettings(liveConfig.current.config, metadata.namespace);
    await wantPulls(client, { pulls: [], settings });
  };
  return {
    name: `schedule ${SCHEDULES[type].scheduleId}`,
    checkMs: CHECK_MS,
    async ensure() {
      // Of file servers, changes take effect with the next start.
      const wanted = PASSES[type]({ ...liveConfig.current.config, fileserver: config.fileserver });
      const isApplied = isDeepStrictEqual(wanted, applied);
      const exists = isApplied && (await describeSchedule(client, SCHEDULES[type])) !== null;
      if (isApplied && exists === (wanted.everyMs !== null)) return false;
      // Until a pass has been triggered too: a failure in between must not leave a new schedule without one.
      applied = null;
      await (wanted.everyMs === null ? remove() : schedulePasses(client, SCHEDULES[type], wanted.everyMs));
      applied = wanted;
      return isApplied && !exists;
    },
  };
}

/**
 * The workflow of the image catalogue. A closed one is started again with its memo. One that Temporal has lost is
 * started by the next refresh, which is triggered at once.
 */
function ensureCatalogue(client: Client, isRefreshed: () => boolean): Ensured['ensure'] {
  let wasKnown = false;
  return async () => {
    if (!isRefreshed()) return false;
    const found = await restoreCatalogue(client);
    if (found === 'unknown' && wasKnown) await triggerPass(client, SCHEDULES.refreshImages);
    wasKnown = found !== 'unknown';
    return found === 'restored';
  };
}

/**
 * The record that labs have been reconciled. Where there is none, at the first start and after a loss of Temporal's
 * data, a pass is started at once, without the schedule, which may be paused.
 */
function ensureReconciled(client: Client, logger: Logger): Ensured['ensure'] {
  let triedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const record = await readReconciliation(client);
    if (record === null) {
      await startFirstPass(client);
    } else if (record.unsettled.length > 0 && performance.now() - triedAt >= UNSETTLED_RETRY_MS) {
      triedAt = performance.now();
      logger.warn({ unsettled: record.unsettled }, 'labs that run are not adopted; trying them again');
      await startFirstPass(client);
    }
    return record === null;
  };
}

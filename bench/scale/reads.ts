import { setTimeout as delay } from 'node:timers/promises';
import { openLabs } from '../../src/workflow-clients/lab/executions';
import { decodeListedLab } from '../../src/workflow-clients/lab/memo';
import { type Figures, growth, latencies } from '../figures';
import type { LabUser } from '../lab-client';
import type { ScaleArena } from './arena';
import { processorTimes } from './processor';

const STATUS_READS = 500;
const LISTS = 20;
/** Longer than a replica uses one result of Temporal's index. */
const LIST_PAUSE_MS = 250;

/** Reads one after the other: `status.…`, the first list of a replica as `list.firstMs`, and later ones as `list.…`. */
export async function measureReads(arena: ScaleArena, users: readonly LabUser[]): Promise<Figures> {
  const { client } = arena;
  const first = await timed(() => client.list('running'));
  const index = await timed(() => readIndex(arena));
  const before = processorTimes(arena);
  const reads: number[] = [];
  while (reads.length < STATUS_READS) {
    const { username = '' } = users[(reads.length * 7) % users.length] ?? {};
    reads.push((await timed(() => client.read(username))).ms);
  }
  const cpu = growth('status.cpuMs', before, processorTimes(arena), STATUS_READS);
  const lists: number[] = [];
  while (lists.length < LISTS) {
    await delay(LIST_PAUSE_MS);
    lists.push((await timed(() => client.list('running'))).ms);
  }
  return {
    'list.firstMs': first.ms,
    'list.labs': first.value.length,
    'index.ms': index.ms,
    ...latencies('status', reads),
    ...cpu,
    ...latencies('list', lists),
  };
}

/** Reads the labs of Temporal's index page by page, as a replica does at its start. */
async function readIndex({ temporal }: ScaleArena): Promise<number> {
  let count = 0;
  for await (const { memo } of openLabs(temporal)) count += decodeListedLab(memo) ? 1 : 0;
  return count;
}

/** The result of some work, and how long it took in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startedAt = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedAt };
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labWorkflowId } from '../../src/domain/lab-key';
import { theStack } from './stack';

/** Maximum output of `temporal workflow show`. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Where recorded histories are kept; the replay test reads them all. */
export const HISTORIES = join(__dirname, '../replay/histories');

/** Fields with names of this machine and run, which are replaced in fixtures. */
const SCRUBBED_KEYS: Readonly<Record<string, string>> = { identity: 'worker', stackTrace: '' };

/**
 * Keeps the history of a lab's run, by default the latest, as a replay fixture when `RECORD_HISTORIES` is set. The
 * name describes its path. The user is renamed to rachel; everything else is invented by the test.
 */
export function recordHistory(name: string, username: string, runId?: string): void {
  recordRun(name, { workflowId: labWorkflowId(username), runId }, (text) =>
    text.replaceAll(username, 'rachel'),
  );
}

/** A run of a workflow; by default the latest, in the stack's own Temporal namespace. */
export interface RecordedRun {
  readonly workflowId: string;
  readonly runId?: string;
  readonly namespace?: string;
}

/** The same for any workflow; `rename` replaces what differs between runs. */
export function recordRun(
  name: string,
  { workflowId, runId, namespace }: RecordedRun,
  rename: (text: string) => string,
): void {
  if (!process.env['RECORD_HISTORIES']) return;
  const { binaries, temporal } = theStack();
  const run = ['--workflow-id', workflowId, ...(runId ? ['--run-id', runId] : [])];
  const server = ['--address', temporal.address, '--namespace', namespace ?? temporal.namespace];
  const show = ['workflow', 'show', '--output', 'json', ...run, ...server];
  const { events } = JSON.parse(
    execFileSync(binaries.temporal, show, { encoding: 'utf8', maxBuffer: MAX_BYTES }),
  ) as { readonly events: readonly unknown[] };
  const renameAll = (text: string) =>
    rename(text)
      .replace(/^workflows-[0-9a-f]{8}$/, 'controller')
      // Sticky task queues are named after process and host.
      .replace(/^\d+@.+$/, 'worker');
  mkdirSync(HISTORIES, { recursive: true });
  const lines = events.map((event) => JSON.stringify(scrub(event, renameAll)));
  writeFileSync(join(HISTORIES, `${name}.json`), `{"events":[\n${lines.join(',\n')}\n]}\n`);
}

function scrub(value: unknown, rename: (text: string) => string, key = ''): unknown {
  if (typeof value === 'string') {
    const replacement = SCRUBBED_KEYS[key];
    if (replacement !== undefined) return replacement;
    if (key !== 'data') return rename(value);
    return Buffer.from(rename(Buffer.from(value, 'base64').toString())).toString('base64');
  }
  if (Array.isArray(value)) return value.map((item) => scrub(item, rename, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, scrub(item, rename, name)]));
}

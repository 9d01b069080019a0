import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { labWorkflowId } from '../../src/domain/lab-key';
import { stackFiles } from '../../stack/files';
import type { LabUser } from '../lab-client';
import { median } from '../statistics';
import type { ScaleArena } from './arena';

/** Histories that are measured; of others of the same life they differ little. */
const SAMPLE = 20;

/** Bytes of Temporal's databases on disk, without the log of transactions; NaN for a database in memory. */
export function databaseBytes({ stack }: Pick<ScaleArena, 'stack'>): number {
  if (!stack.postgresql) return Number.NaN;
  const base = join(stackFiles(stack.directory).postgresqlData, 'base');
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { name, parentPath }) => sum + sizeOf(join(parentPath, name)), 0);
}

/** The median size of the histories of labs, in bytes: of their latest run. */
export async function historyBytes({ temporal }: ScaleArena, users: readonly LabUser[]): Promise<number> {
  const sample = users.slice(0, SAMPLE);
  const sizes = sample.map(async ({ username }) => {
    const { historySize = 0 } = await temporal.workflow.getHandle(labWorkflowId(username)).describe();
    return historySize;
  });
  return median(await Promise.all(sizes));
}

/** 0 for a file that was removed meanwhile. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

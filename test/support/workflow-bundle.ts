import { createHash, randomBytes } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import { bundleWorkflows } from '../../scripts/workflow-bundle';

const ROOT = join(__dirname, '../..');
const CACHE = join(ROOT, '.cache/workflow-bundles');

/** Everything a bundle is made of: what workflows may import, and the versions of what they import it from. */
const SOURCES = [
  'src/workflows/**/*.ts',
  'src/domain/**/*.ts',
  'src/workflow-clients/*.ts',
  'scripts/workflow-bundle.ts',
  'package-lock.json',
];

/**
 * The bundle of the present workflows, for a worker. Built once per state of the sources and kept in `.cache`;
 * concurrent test processes may both build it, with the same result.
 */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: ROOT }).toSorted()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)));
  }
  const codePath = join(CACHE, `${hash.digest('hex').slice(0, 16)}.js`);
  if (globSync(codePath).length === 0) await build(codePath);
  return { codePath };
}

async function build(codePath: string): Promise<void> {
  const code = await bundleWorkflows({ logger: new DefaultLogger('WARN') });
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${codePath}.${randomBytes(4).toString('hex')}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, codePath);
}

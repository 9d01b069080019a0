import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Bundles the workflows into `dist/workflows.js`, the file that workers load. */
async function main(): Promise<void> {
  const root = join(__dirname, '..');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'src/workflows/index.ts') });
  await writeFile(join(root, 'dist/workflows.js'), code);
  console.log(`bundled workflows: ${Math.round(code.length / 1024)} KiB`);
}

void main();

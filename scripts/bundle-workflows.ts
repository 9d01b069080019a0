import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflows } from './workflow-bundle';

/** Bundles the workflows into `dist/workflows.js`, the file that workers load. */
async function main(): Promise<void> {
  const code = await bundleWorkflows();
  await writeFile(join(__dirname, '../dist/workflows.js'), code);
  console.log(`bundled workflows: ${Math.round(code.length / 1024)} KiB`);
}

void main();

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScaleFigures } from '../../bench/scale/run';
import { CHECKOUT } from '../../stack/paths';

interface Results {
  readonly figures: ScaleFigures;
  readonly faults: Readonly<Record<string, number>>;
}

test('among objects of others no lab fails, and watches and requests stay few', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'nublado-scale-'));
  const file = join(directory, 'results.json');
  const amounts =
    '--labs 60 --step 40 --burst 20 --unrelated-pods 300 --unrelated-events 600 --exits 10 --idle 1 --check 2';
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      'bench/scale/main.ts',
      ...amounts.split(' '),
      '--temporal',
      'development',
      '--json',
      file,
    ],
    { cwd: CHECKOUT },
  );
  const { faults, figures } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  rmSync(directory, { recursive: true });
  expect(Object.entries(faults).filter(([, count]) => count !== 0)).toEqual([]);
  const { exits, idle, pass, steps, top } = figures;
  expect(steps.map(({ running }) => running)).toEqual([60]);
  expect(idle['watches']).toBeLessThanOrEqual(4);
  expect(pass['requests']).toBeLessThanOrEqual(20);
  expect(exits['cleaned']).toBe(10);
  expect(top.checks['count']).toBeGreaterThan(0);
  for (const heading of ['### Aims', '### Processes at rest', '### Faults'])
    expect(stdout).toContain(heading);
});

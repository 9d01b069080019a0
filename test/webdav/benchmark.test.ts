import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHECKOUT } from '../../stack/paths';

interface Results {
  readonly measured: readonly { readonly contender: string; readonly figures: Record<string, number> }[];
  readonly ratios: Readonly<Record<string, Record<string, number>>>;
}

const FIGURES = [
  'start.ms',
  'idle.MiB',
  'put.perSecond',
  'upload.s',
  'download.s',
  'list.ms',
  'list.bytes',
  'named.ms',
  'named.bytes',
  'peak.MiB',
  'larger.upload.s',
  'larger.upload.peakMiB',
  'larger.download.s',
  'larger.peakMiB',
];

test('the benchmark gives every figure of ours and of x/net, and their ratios', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'nublado-bench-'));
  const file = join(directory, 'results.json');
  const amounts = '--rounds 1 --puts 400 --size 2 --entries 50 --large --large-size 3'.split(' ');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'bench/webdav/main.ts', '--contenders', 'x/net', ...amounts, '--json', file],
    { cwd: CHECKOUT },
  );
  const { measured, ratios } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  rmSync(directory, { recursive: true });
  expect(measured.map(({ contender }) => contender)).toEqual(['nublado', 'x/net']);
  for (const figures of [...measured.map(({ figures }) => figures), ratios['x/net'] ?? {}]) {
    // The kernel accounts processor time in ticks, of which so little may take none.
    const names = Object.keys(figures).filter((name) => !name.endsWith('cpuMs'));
    expect(names.toSorted()).toEqual(FIGURES.toSorted());
    expect(names.filter((name) => !((figures[name] ?? 0) > 0))).toEqual([]);
  }
  for (const heading of ['### Figures', '### Aims', '| x/net']) expect(stdout).toContain(heading);
});

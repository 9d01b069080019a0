import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { purge } from '../../../src/purge/run';
import { aDirectory } from '../init-containers/directories';
import { monthly } from './scratch';

const FILES = 20_000;

/** What 20,000 retained entries would need at the least, at 200 bytes each. */
const RETAINED = FILES * 200;

test('a tree of many files, half of them in one directory, is purged without retaining its entries', async () => {
  const root = aDirectory();
  mkdirSync(join(root, 'one'));
  for (let index = 0; index < FILES; index += 1) {
    const directory = index % 2 === 0 ? join(root, 'one') : join(root, `many-${index % 100}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `file-with-a-rather-long-name-${index}`), '');
    utimesSync(join(directory, `file-with-a-rather-long-name-${index}`), 0, 0);
  }
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  let [most, removed] = [0, 0];
  const { total } = await purge(
    { directories: [monthly(root)] },
    {
      isDryRun: false,
      whenMs: Date.now(),
      signal: new AbortController().signal,
      log: () => undefined,
      observer: {
        removed: () => {
          removed += 1;
          if (removed % 4000 === 3999) most = Math.max(most, used() - before);
        },
      },
    },
  );
  expect(total).toMatchObject({ files: FILES, removedFiles: FILES, removedDirectories: 51, errors: 0 });
  expect(readdirSync(root)).toEqual([]);
  expect(most).toBeLessThan(RETAINED);
});

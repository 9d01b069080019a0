import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { openChild, openRoot } from '../../../src/purge/directory';
import { noCounts } from '../../../src/purge/tally';
import { type Observer, purgeBelow } from '../../../src/purge/walk';
import { aBattlefield, startSwapping, stop } from '../init-containers/attacker';
import { aDirectory, asRoot, contentsOf } from '../init-containers/directories';
import { aFile, monthly, purged, withAges } from './scratch';

/** Walks one root, with an observer that acts in the gaps between the steps. */
async function walked(root: string, observer: Observer) {
  const { directory, close } = openRoot(root);
  const counts = noCounts();
  const never = () => false;
  const { signal } = new AbortController();
  const policy = monthly(root, { emptyDirectories: 'all' });
  const basics = { policy, whenMs: Date.now(), isDryRun: false, isRoot: never, isAboveRoot: never };
  try {
    await purgeBelow(directory, { ...basics, counts, observer, signal });
  } finally {
    close();
  }
  return counts;
}

/** Acts once, when something happens for the first time. */
function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

test('a directory that is exchanged for a link between listing and opening is not entered', async () => {
  const outside = withAges(aDirectory(), { old: 400 });
  const root = withAges(aDirectory(), { 'a/old': 31 });
  const counts = await walked(root, {
    entering: once(() => {
      renameSync(join(root, 'a'), join(root, 'aside'));
      symlinkSync(outside, join(root, 'a'));
    }),
  });
  expect(readdirSync(outside)).toEqual(['old']);
  expect(counts).toMatchObject({ changed: 1, errors: 0 });
});

test('a directory that is exchanged for a link between listing and removal redirects nothing', async () => {
  const outside = withAges(aDirectory(), { old: 400, older: 400 });
  const root = withAges(aDirectory(), { 'a/old': 31, 'a/older': 31 });
  const counts = await walked(root, {
    expired: once(() => {
      renameSync(join(root, 'a'), join(root, 'aside'));
      symlinkSync(outside, join(root, 'a'));
    }),
  });
  expect(readdirSync(outside).toSorted()).toEqual(['old', 'older']);
  // The files were removed where they are, since that is below the root as before.
  expect(readdirSync(join(root, 'aside'))).toEqual([]);
  expect(counts).toMatchObject({ removedFiles: 2, removedDirectories: 0, errors: 0 });
});

test('a directory above is exchanged: nothing is redirected either', async () => {
  const outside = withAges(aDirectory(), { 'b/old': 400 });
  const root = withAges(aDirectory(), { 'a/b/old': 31 });
  await walked(root, {
    expired: once(() => {
      renameSync(join(root, 'a'), join(root, 'aside'));
      symlinkSync(outside, join(root, 'a'));
    }),
  });
  expect(contentsOf(outside)).toEqual({ 'b/': '755', 'b/old': 'x' });
});

test('a directory that is moved out of the root is left alone from then on', async () => {
  const home = aDirectory();
  const root = withAges(aDirectory(), { 'a/b/old': 31, 'a/b/older': 31, 'c/old': 31 });
  const rescue = once(() => renameSync(join(root, 'a'), join(home, 'rescued')));
  const counts = await walked(root, {
    expired: ({ path }) => {
      if (path.startsWith(`${root}/a/`)) rescue();
    },
  });
  expect(counts).toMatchObject({ removedFiles: 1, errors: 0 });
  expect(readdirSync(join(home, 'rescued/b')).toSorted()).toEqual(['old', 'older']);
});

test('a root that is moved away is left alone', async () => {
  const parent = aDirectory();
  const root = withAges(join(parent, 'scratch'), { old: 31 });
  const counts = await walked(root, {
    expired: once(() => {
      mkdirSync(join(parent, 'elsewhere'));
      renameSync(root, join(parent, 'elsewhere/kept'));
    }),
  });
  expect(counts).toMatchObject({ removedFiles: 0, changed: 1 });
  expect(readdirSync(join(parent, 'elsewhere/kept'))).toEqual(['old']);
});

test('a file that is exchanged for a new one, or used, between decision and removal stays', async () => {
  const root = withAges(aDirectory(), { old: 31, used: 31 });
  const { summary } = await purged([monthly(root)], {
    expired: ({ path }) => {
      if (path.endsWith('/used')) utimesSync(path, new Date(), new Date());
      else {
        aFile(`${root}/.new`, 0, 'new');
        renameSync(`${root}/.new`, path);
      }
    },
  });
  expect(summary.total).toMatchObject({ removedFiles: 0, changed: 2, errors: 0 });
  expect(readFileSync(join(root, 'old'), 'utf8')).toBe('new');
});

test('a file that is exchanged for another old one stays until it is judged itself', async () => {
  const root = withAges(aDirectory(), { 'a/old': 31 });
  const other = withAges(aDirectory(), { other: 400 });
  const { summary } = await purged([monthly(root)], {
    expired: ({ path }) => renameSync(join(other, 'other'), path),
  });
  expect(summary.total).toMatchObject({ removedFiles: 0, changed: 1, removedDirectories: 0 });
});

test('files and directories that vanish are counted, and are no errors', async () => {
  const root = withAges(aDirectory(), { 'a/1': 31, 'b/1': 31, file: 31 });
  const counts = await walked(root, {
    entering: (path) => {
      if (path === join(root, 'a')) rmSync(path, { recursive: true });
    },
    expired: ({ path }) => {
      if (path !== join(root, 'b/1')) rmSync(path);
    },
  });
  expect(counts).toMatchObject({ vanished: 2, removedFiles: 1, errors: 0 });
  expect(readdirSync(root)).toEqual([]);
});

test('a directory that gets a new file when it was just emptied stays', async () => {
  const root = withAges(aDirectory(), { 'a/old': 31 });
  const counts = await walked(root, { removed: () => aFile(join(root, 'a/new'), 0) });
  expect(readdirSync(join(root, 'a'))).toEqual(['new']);
  expect(counts).toMatchObject({ changed: 1, removedDirectories: 0, errors: 0 });
});

test('an emptied directory that is exchanged for another empty one stays', async () => {
  const root = withAges(aDirectory(), { 'a/old': 31 });
  const counts = await walked(root, {
    removed: () => {
      renameSync(join(root, 'a'), join(root, 'z'));
      mkdirSync(join(root, 'a'));
    },
  });
  expect(readdirSync(root)).toContain('a');
  expect(counts).toMatchObject({ changed: 1, errors: 0 });
});

test('a link is no directory, whatever it leads to', () => {
  const root = aDirectory();
  symlinkSync('/etc', join(root, 'etc'));
  const { directory, close } = openRoot(root);
  expect(() => openChild(directory, Buffer.from('etc'))).toThrow(/ENOTDIR|ELOOP/);
  close();
});

asRoot('a user who exchanges directories for links all the time', () => {
  test('gains nothing outside the root', async () => {
    const { own, outside, victim } = aBattlefield();
    aFile(join(victim, 'old'), 400);
    aFile(join(outside, 'old'), 400);
    const attack = await startSwapping(own, 'labs', ['real', 'of-user', 'of-root']);
    let removals = 0;
    try {
      for (let round = 0; round < 300; round += 1) {
        for (const name of ['real', 'labs']) {
          try {
            aFile(join(own, name, `mine-${round}`), 31);
          } catch {
            // It is being exchanged.
          }
        }
        const { summary } = await purged([monthly(own, { emptyDirectories: 'keep' })]);
        removals += summary.total.removedFiles;
        expect(readdirSync(victim)).toEqual(['old']);
        expect(readdirSync(outside)).toContain('old');
      }
    } finally {
      await stop(attack);
    }
    expect(removals).toBeGreaterThan(0);
  });
});

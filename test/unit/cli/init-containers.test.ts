import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory, IS_ROOT, withFiles } from '../init-containers/directories';

const MAIN = join(__dirname, '../../../src/cli/main.ts');

interface Outcome {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as a process of its own, which prints at its end which packages it has loaded. */
function nublado(command: string | readonly string[], environment: Record<string, string>): Promise<Outcome> {
  const hook = withFiles(aDirectory(), {
    'at-exit.cjs': `process.on('exit', () => {
      const packages = Object.keys(require.cache).map((path) => path.split('node_modules/')[1]?.split('/')[0]);
      console.log('loaded', [...new Set(packages)].filter((name) => !['tsx', 'esbuild', undefined].includes(name)).toSorted().join());
    });`,
  });
  const { PATH } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--require', join(hook, 'at-exit.cjs'), '--import', 'tsx', MAIN, ...[command].flat()],
      { env: { PATH, ...environment } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

describe('the commands of init containers', () => {
  test('inithome does its work and loads nothing but itself', async () => {
    const home = join(aDirectory(), 'rachel');
    const [uid, gid] = IS_ROOT ? [12_345, 23_456] : [process.geteuid?.(), process.getegid?.()];
    const ids = { NUBLADO_UID: String(uid), NUBLADO_GID: String(gid) };
    const { code, stdout } = await nublado('inithome', { NUBLADO_HOME: home, ...ids });
    const given = IS_ROOT ? `${home} was empty and now belongs to ${uid}:${gid}\n` : '';
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${home} was created\n${given}loaded commander\n` });
  });

  test('inithome fails with one line that has the remedy', async () => {
    const { code, stderr } = await nublado('inithome', { NUBLADO_HOME: '/home/rachel', NUBLADO_UID: 'x' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'NUBLADO_UID must be a whole number from 1 to 4294967294, not "x"\n',
    });
  });

  const CHECK = [
    'homecheck',
    '--minimum-free=1',
    '--minimum-free-files=0',
    '--warn-below=9000000000000000',
    '--warn-below-files=0',
  ];

  test('homecheck tells what it found by the termination message, and loads nothing but itself', async () => {
    const home = aDirectory();
    const log = join(withFiles(aDirectory(), { log: '' }), 'log');
    const owner = { NUBLADO_HOME: home, NUBLADO_UID: '1', NUBLADO_GID: '1' };
    const low = await nublado([...CHECK, `--termination-log=${log}`], owner);
    expect(low.code).toBe(0);
    expect(low.stdout).toMatch(/^warning: Your home directory is almost full: .*\nloaded commander\n$/);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ homeSpace: { level: 'low' } });

    const more = ['--minimum-free=9000000000000000', `--termination-log=${log}`];
    const full = await nublado([...CHECK, ...more], owner);
    expect(full.code).toBe(1);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ homeSpace: { level: 'full' } });
    expect((await nublado([...CHECK, ...more, '--start-full'], owner)).code).toBe(0);
  });

  test.each(['--minimum-free=-1', '--minimum-free=1e3', '--minimum-free='])(
    'homecheck refuses %s',
    async (option) => {
      const { code, stderr } = await nublado([...CHECK, option], {});
      expect(code).toBe(1);
      expect(stderr).toContain('Not a whole number.');
    },
  );

  test('landingpage does not fail', async () => {
    const { code, stdout } = await nublado('landingpage', {});
    expect(code).toBe(0);
    expect(stdout).toContain('warning: the landing page was left out');
  });
});

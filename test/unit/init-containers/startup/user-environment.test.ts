import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory, contentsOf, withFiles } from '../directories';
import { aStartup } from './a-startup';

const ENVIRONMENT = {
  '.cache/a': '1',
  '.conda/a': '2',
  '.config/a': '3',
  '.eups/a': '4',
  '.local/a': '5',
  '.jupyter/a': '6',
  'notebooks/.user_setups': '7',
};

const MOVED = {
  '.user_env.20260115093000/cache/a': '1',
  '.user_env.20260115093000/conda/a': '2',
  '.user_env.20260115093000/config/a': '3',
  '.user_env.20260115093000/eups/a': '4',
  '.user_env.20260115093000/local/a': '5',
  '.user_env.20260115093000/jupyter/a': '6',
  '.user_env.20260115093000/notebooks/user_setups': '7',
};

const LATER = new Date('2026-01-15T10:00:00Z');

describe('the environment of a user', () => {
  test('the environment of a user is moved away when that is wanted, and nothing else is', async () => {
    const startup = aStartup({ RESET_USER_ENV: 'TRUE' });
    withFiles(startup.home, { ...ENVIRONMENT, 'notebooks/a.ipynb': 'mine', '.bashrc': 'mine' });
    await startup.run();
    const contents = contentsOf(startup.home);
    expect(contents).toMatchObject({ ...MOVED, 'notebooks/a.ipynb': 'mine', '.bashrc': 'mine' });
    for (const name of Object.keys(ENVIRONMENT)) expect(contents).not.toHaveProperty([name]);
  });

  test('the environment of a user stays otherwise', async () => {
    const startup = aStartup();
    withFiles(startup.home, ENVIRONMENT);
    await startup.run();
    expect(contentsOf(startup.home)).toMatchObject(ENVIRONMENT);
  });

  test('the environment of a user is moved although there is only a file of set-ups', async () => {
    const startup = aStartup({ RESET_USER_ENV: 'TRUE' });
    withFiles(startup.home, { 'notebooks/.user_setups': '7' });
    await startup.run();
    expect(contentsOf(startup.home)).toHaveProperty(['.user_env.20260115093000/notebooks/user_setups'], '7');
  });

  test('the environment of a user that is new is not moved when the containers of the pod run again', async () => {
    const startup = aStartup({ RESET_USER_ENV: 'TRUE' });
    withFiles(startup.home, { '.jupyter/a': '6' });
    await startup.run();
    withFiles(startup.home, { '.conda/new': 'new' });
    const first = contentsOf(startup.home);
    await startup.run({ now: LATER });
    expect(contentsOf(startup.home)).toEqual(first);
  });

  test('the environment of a user is in one place after an interruption', async () => {
    const startup = aStartup({ RESET_USER_ENV: 'TRUE' });
    withFiles(startup.home, ENVIRONMENT);
    await startup.run();
    rmSync(join(startup.paths.startup, 'env.json'));
    renameSync(join(startup.home, '.user_env.20260115093000/local'), join(startup.home, '.local'));
    await startup.run({ now: LATER });
    const contents = contentsOf(startup.home);
    expect(contents).toMatchObject(MOVED);
    expect(Object.keys(contents).filter((name) => /^\.user_env\.\d+\/$/.test(name))).toHaveLength(1);
  });

  test('the environment of a user that consists of links is moved without what they lead to', async () => {
    const startup = aStartup({ RESET_USER_ENV: 'TRUE' });
    const elsewhere = withFiles(aDirectory(), { a: '1' });
    symlinkSync(elsewhere, join(startup.home, '.local'));
    await startup.run();
    expect(contentsOf(startup.home)['.user_env.20260115093000/local']).toBe(`-> ${elsewhere}`);
    expect(contentsOf(elsewhere)).toEqual({ a: '1' });
  });
});

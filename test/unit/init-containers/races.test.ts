import { execFile } from 'node:child_process';
import { lchownSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { provisionHome } from '../../../src/init-containers/home-directory';
import { ATTACKER, aBattlefield, startSwapping, stop } from './attacker';
import { aDirectory, asRoot } from './directories';

/** Runs until something has been tried this often; a bound, not a measure. */
const ROUNDS = 3000;

const ownerOf = (path: string): string => `${lstatSync(path).uid}:${lstatSync(path).gid}`;

/** Asks for a home directory, and says with which words it was refused; null when it was not. */
function refusalOf(home: string): string | null {
  try {
    provisionHome({ home, ...ATTACKER }, () => undefined);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

asRoot('a user who exchanges files while root makes their home directory', () => {
  test('gains nothing outside by exchanging a directory on the way for links of theirs and of root', async () => {
    const { own, outside, victim } = aBattlefield();
    const attack = await startSwapping(own, 'labs', ['real', 'of-root', 'of-user']);
    const seen = new Set<string | null>();
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        seen.add(refusalOf(join(own, 'labs/home')));
        seen.add(refusalOf(join(own, 'labs/other')));
        expect([ownerOf(victim), readdirSync(outside)]).toEqual(['0:0', ['home']]);
      }
    } finally {
      await stop(attack);
    }
    expect(ownerOf(outside)).toBe('0:0');
    // The attack has been met in its different states.
    expect(seen.size).toBeGreaterThan(1);
  });

  test('gains nothing outside by exchanging the home directory itself', async () => {
    const { own, victim, outside } = aBattlefield();
    symlinkSync(victim, join(own, 'to-victim'));
    lchownSync(join(own, 'to-victim'), ATTACKER.uid, ATTACKER.gid);
    const attack = await startSwapping(own, 'home', ['real', 'to-victim', 'of-user']);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        refusalOf(join(own, 'home'));
        expect([ownerOf(victim), ownerOf(outside), readdirSync(outside)]).toEqual(['0:0', '0:0', ['home']]);
      }
    } finally {
      await stop(attack);
    }
  });

  test('cannot put a link of root in their own directory to use', () => {
    const { own } = aBattlefield();
    symlinkSync('of-root', join(own, 'labs'));
    expect(refusalOf(join(own, 'of-root/home'))).toMatch(
      /a symbolic link in a directory that users can change$/,
    );
    expect(refusalOf(join(own, 'labs/home'))).toMatch(
      /a symbolic link in a directory that users can change$/,
    );
    expect(readdirSync(join(own, 'real'))).toEqual([]);
  });

  test("cannot lead root's own links astray", () => {
    const { own, outside } = aBattlefield();
    const directory = aDirectory();
    symlinkSync(join(own, 'of-user'), join(directory, 'homes'));
    symlinkSync(`${own}/real/../../outside/`, join(directory, 'others'));
    expect(refusalOf(join(directory, 'homes/new'))).toMatch(/a user's symbolic link$/);
    // What root's link itself says is followed.
    expect(refusalOf(join(directory, 'others/new'))).toBeNull();
    expect(readdirSync(outside)).toEqual(['home', 'new']);
  });
});

asRoot('the way to a home directory', () => {
  test('may lead through links of links of root, but not in a circle', () => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'disk'));
    symlinkSync('./disk', join(directory, 'first'));
    symlinkSync(join(directory, 'first/.'), join(directory, 'second'));
    expect(refusalOf(join(directory, 'second/rachel'))).toBeNull();
    expect(ownerOf(join(directory, 'disk/rachel'))).toBe('12345:23456');
    symlinkSync('circle', join(directory, 'circle'));
    expect(refusalOf(join(directory, 'circle/rachel'))).toMatch(/leads through too many symbolic links$/);
  });

  test('does not lead through a file', () => {
    expect(refusalOf('/etc/passwd/rachel')).toBe('"passwd" in /etc/passwd is not a directory');
  });

  test('leaves no handle open, whatever comes of it', () => {
    const { own } = aBattlefield();
    const handles = () => readdirSync('/proc/self/fd').length;
    const before = handles();
    for (const home of ['real/home', 'of-user/home', 'missing/home', 'of-root/home'])
      refusalOf(join(own, home));
    expect(handles()).toBe(before);
  });

  test('is walked by several labs of one user at once, and all find the home directory theirs', async () => {
    const home = join(aDirectory(), 'rachel');
    const main = join(__dirname, '../../../src/cli/main.ts');
    const ids = { NUBLADO_UID: String(ATTACKER.uid), NUBLADO_GID: String(ATTACKER.gid) };
    const env = { PATH: process.env['PATH'], NUBLADO_HOME: home, ...ids };
    const inithome = () =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', main, 'inithome'], { env });
    await Promise.all(Array.from({ length: 4 }, inithome));
    expect(ownerOf(home)).toBe('12345:23456');
    expect(lstatSync(home).mode & 0o777).toBe(0o700);
  });
});

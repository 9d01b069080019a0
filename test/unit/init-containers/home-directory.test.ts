import { chmodSync, chownSync, lchownSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisionHome, readHomeOwner } from '../../../src/init-containers/home-directory';
import { aDirectory, asRoot, IS_ROOT, modeOf, withoutRoot } from './directories';

const OWNER = { uid: 12_345, gid: 23_456 };

function provision(home: string): string[] {
  const lines: string[] = [];
  provisionHome({ home, ...OWNER }, (line) => lines.push(line));
  return lines;
}

function ownerOf(path: string): string {
  const { uid, gid } = lstatSync(path);
  return `${uid}:${gid}`;
}

asRoot('a home directory', () => {
  test('that is missing is created for its user, who alone may enter, whatever the umask', () => {
    const home = join(aDirectory(), 'rachel');
    const umask = process.umask(0o002);
    try {
      expect(provision(home)).toEqual([
        `${home} was created`,
        `${home} was empty and now belongs to 12345:23456`,
      ]);
    } finally {
      process.umask(umask);
    }
    expect(ownerOf(home)).toBe('12345:23456');
    expect(modeOf(home)).toBe('700');
  });

  test('that is right is left alone, as often as one looks', () => {
    const home = join(aDirectory(), 'rachel');
    provision(home);
    writeFileSync(join(home, 'a.txt'), 'mine');
    expect(provision(home)).toEqual([]);
    expect(provision(home)).toEqual([]);
  });

  test('that an interrupted run has created, and not given away, is given away', () => {
    const home = join(aDirectory(), 'rachel');
    mkdirSync(home, 0o700);
    expect(provision(home)).toEqual([`${home} was empty and now belongs to 12345:23456`]);
    expect(ownerOf(home)).toBe('12345:23456');
  });

  test('of another user is given to the user only while it is empty', () => {
    const home = join(aDirectory(), 'rachel');
    mkdirSync(home, 0o700);
    chownSync(home, OWNER.uid, 99);
    provision(home);
    expect(ownerOf(home)).toBe('12345:23456');
    chownSync(home, 99, OWNER.gid);
    writeFileSync(join(home, 'a.txt'), 'not hers');
    expect(() => provision(home)).toThrow(`${home} is owned by 99:23456, not 12345:23456, and is not empty`);
    expect(ownerOf(home)).toBe('99:23456');
  });

  test('of an unexpected mode is kept and pointed out', () => {
    const home = join(aDirectory(), 'rachel');
    provision(home);
    chmodSync(home, 0o2755);
    expect(provision(home)).toEqual([`warning: ${home} has mode 0755, not 0700`]);
    expect(modeOf(home)).toBe('755');
  });

  test('is created on one level only', () => {
    const home = join(aDirectory(), 'r', 'rachel');
    expect(() => provision(home)).toThrow(`cannot open ${join(home, '..')}: No such file or directory`);
  });

  test('must be a directory', () => {
    const home = join(aDirectory(), 'rachel');
    writeFileSync(home, '');
    expect(() => provision(home)).toThrow(`${home} is not a directory`);
  });

  test('is never a link, to whatever it leads', () => {
    const directory = aDirectory();
    const home = join(directory, 'rachel');
    const victim = join(directory, 'victim');
    mkdirSync(victim, 0o700);
    for (const target of [victim, join(directory, 'nothing')]) {
      symlinkSync(target, `${home}-${target.length}`);
      expect(() => provision(`${home}-${target.length}`)).toThrow('is a symbolic link');
    }
    expect(ownerOf(victim)).toBe('0:0');
  });

  test('inside a directory of the user is not found through a link that the user has made', () => {
    const directory = aDirectory();
    const victim = join(directory, 'victim');
    mkdirSync(victim);
    mkdirSync(join(directory, 'rachel'));
    symlinkSync(victim, join(directory, 'rachel/labs'));
    lchownSync(join(directory, 'rachel/labs'), OWNER.uid, OWNER.gid);
    expect(() => provision(join(directory, 'rachel/labs/home'))).toThrow(/is a user's symbolic link$/);
    expect(() => lstatSync(join(victim, 'home'))).toThrow('ENOENT');
  });

  test("is found through root's links", () => {
    const directory = aDirectory();
    mkdirSync(join(directory, 'disk'));
    symlinkSync('disk', join(directory, 'home'));
    provision(join(directory, 'home/rachel'));
    expect(ownerOf(join(directory, 'disk/rachel'))).toBe('12345:23456');
  });
});

test('a home directory that may not be created fails with the reason', async () => {
  const parent = aDirectory();
  chmodSync(parent, IS_ROOT ? 0o755 : 0o555);
  const home = join(parent, 'rachel');
  await withoutRoot(() => {
    expect(() => provision(home)).toThrow(`cannot create ${home}: Permission denied`);
  });
});

test('a directory of another user that may not be given away fails with the reason', async () => {
  const home = aDirectory();
  chmodSync(home, 0o755);
  await withoutRoot(() => {
    expect(() => provision(home)).toThrow(`cannot change the owner of ${home}: Operation not permitted`);
  });
});

describe('the variables of a home directory', () => {
  const GIVEN = { NUBLADO_HOME: '/home/rachel', NUBLADO_UID: '1', NUBLADO_GID: '4294967294' };

  test('the variables of a home directory name a path and ids', () => {
    expect(readHomeOwner(GIVEN)).toEqual({ home: '/home/rachel', uid: 1, gid: 4_294_967_294 });
    expect(readHomeOwner({ ...GIVEN, NUBLADO_HOME: '/home/./rachel/' }).home).toBe('/home/rachel');
  });

  test.each([
    ['NUBLADO_HOME', undefined, 'NUBLADO_HOME must be an absolute path of a directory, not ""'],
    [
      'NUBLADO_HOME',
      'home/rachel',
      'NUBLADO_HOME must be an absolute path of a directory, not "home/rachel"',
    ],
    ['NUBLADO_HOME', '/', 'NUBLADO_HOME must be an absolute path of a directory, not "/"'],
    ['NUBLADO_UID', undefined, 'NUBLADO_UID must be a whole number from 1 to 4294967294, not ""'],
    ['NUBLADO_UID', '0', 'NUBLADO_UID must be a whole number from 1 to 4294967294, not "0"'],
    ['NUBLADO_GID', '00', 'NUBLADO_GID must be a whole number from 1 to 4294967294, not "00"'],
    ['NUBLADO_UID', '-1', 'NUBLADO_UID must be a whole number from 1 to 4294967294, not "-1"'],
    ['NUBLADO_UID', '0x10', 'NUBLADO_UID must be a whole number from 1 to 4294967294, not "0x10"'],
    ['NUBLADO_GID', '1e3', 'NUBLADO_GID must be a whole number from 1 to 4294967294, not "1e3"'],
    [
      'NUBLADO_GID',
      '4294967295',
      'NUBLADO_GID must be a whole number from 1 to 4294967294, not "4294967295"',
    ],
  ])('the variables of a home directory are refused: %s=%s', (name, value, message) => {
    expect(() => readHomeOwner({ ...GIVEN, [name]: value })).toThrow(message);
  });
});

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildComponents } from '../../stack/build';
import type { Component } from '../../stack/components';

const COMPONENTS: readonly Component[] = [
  {
    name: 'one',
    version: '1.0.0',
    source: { install: true },
    packages: ['example.com/one'],
    binaries: ['one'],
  },
  {
    name: 'two',
    version: '2.0.0',
    source: { module: 'etcd' },
    packages: ['example.com/two'],
    binaries: ['two'],
  },
];

/** Stands for Go: writes what it is asked to build as a file, notes that it was asked, and can fail. */
const FAKE_GO = `#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.26.0 any/any"; exit; fi
echo "$1" >> "$FAKE_GO_LOG"
if [ -e "$FAKE_GO_LOG.fail" ]; then echo "undefined: everything" >&2; exit 2; fi
if [ "$1" = mod ]; then mkdir -p "$GOMODCACHE/$3/crd"; echo definition > "$GOMODCACHE/$3/crd/a.yaml"; exit; fi
if [ "$1" = install ]; then echo binary > "$GOBIN/one"; exit; fi
while [ "$1" != -o ]; do shift; done
echo binary > "$2"
`;

const DEFINITIONS: Component = {
  name: 'definitions',
  version: '5.0.0',
  filesOf: 'example.com/definitions',
  binaries: ['crd/a.yaml'],
};

const HUB: Component = {
  name: 'hub',
  version: '3.0.0',
  requirements: '/requirements.txt',
  binaries: ['bin/python'],
};

/** Stands for Python, and for pip in the environments that it makes; takes its version from the environment. */
const FAKE_PYTHON = `#!/bin/sh
if [ "$1" = -c ]; then echo "$FAKE_PYTHON_VERSION"; exit; fi
echo $2 $6 $7 >> "$FAKE_GO_LOG"
if [ -e "$FAKE_GO_LOG.fail" ]; then echo "no such version" >&2; exit 1; fi
if [ "$2" = venv ]; then mkdir "$3/bin"; cp "$0" "$3/bin/python"; fi
`;

const PACKAGE: Component = {
  name: 'registry',
  version: '4.0',
  debianPackages: ['docker-registry'],
  binaries: ['usr/bin/registry'],
};

/** Stands for apt-get, which without package lists downloads nothing until it has read some. */
const FAKE_APT = `#!/bin/sh
echo apt-get "$@" | sed "s:$FAKE_CACHE:CACHE:g" >> "$FAKE_GO_LOG"
case "$*" in
  *update) if [ -e "$FAKE_GO_LOG.fail" ]; then echo "no network" >&2; exit 100; fi; touch "$FAKE_GO_LOG.lists";;
  *download*) if [ -e "$FAKE_GO_LOG.lists" ]; then touch registry_4.0-1_any.deb; else exit 100; fi;;
esac
`;

const FAKE_DPKG = `#!/bin/sh
if [ "$1" = -x ]; then mkdir -p "$3/usr/bin" && cp "$2" "$3/usr/bin/registry"; fi
`;

const { PATH } = process.env;
let directory: string;
let cache: string;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nublado-build-'));
  cache = join(directory, 'cache');
  log = join(directory, 'go.log');
  await mkdir(join(directory, 'bin'));
  await writeFile(join(directory, 'bin', 'go'), FAKE_GO);
  await chmod(join(directory, 'bin', 'go'), 0o755);
  await writeFile(join(directory, 'bin', 'python3'), FAKE_PYTHON, { mode: 0o755 });
  await writeFile(join(directory, 'bin', 'apt-get'), FAKE_APT, { mode: 0o755 });
  await writeFile(join(directory, 'bin', 'dpkg'), FAKE_DPKG, { mode: 0o755 });
  process.env['FAKE_CACHE'] = cache;
  process.env['FAKE_PYTHON_VERSION'] = '3 11';
  process.env['PATH'] = `${join(directory, 'bin')}:${PATH}`;
  process.env['FAKE_GO_LOG'] = log;
});

afterEach(async () => {
  process.env['PATH'] = PATH;
  await rm(directory, { recursive: true });
});

const build = (progress?: (line: string) => void) =>
  buildComponents({ components: COMPONENTS, cache, ...(progress ? { progress } : {}) });

const builds = async () => (await readFile(log, 'utf8')).trim().split('\n');

test('every component is built once, and the paths of all binaries are given', async () => {
  const binaries = await build();
  await build();

  expect(await builds()).toEqual(['install', 'build']);
  expect(await readFile(binaries['one'] ?? '', 'utf8')).toBe('binary\n');
  expect(await readFile(binaries['two'] ?? '', 'utf8')).toBe('binary\n');
});

test('two builds at once do the work once', async () => {
  const lines: string[] = [];
  await Promise.all([build(), build((line) => lines.push(line))]);

  expect(await builds()).toEqual(['install', 'build']);
});

test('progress names the component and its place among all', async () => {
  const lines: string[] = [];
  await build((line) => lines.push(line));

  expect(lines).toEqual([
    '[1/2] one 1.0.0: building',
    expect.stringMatching(/^\[1\/2\] one 1\.0\.0: built in \d+ s$/),
    '[2/2] two 2.0.0: building',
    expect.stringMatching(/^\[2\/2\] two 2\.0\.0: built in \d+ s$/),
  ]);
});

test('a failed build has the compiler’s messages, leaves nothing behind and is repeated', async () => {
  await writeFile(`${log}.fail`, '');
  await expect(build()).rejects.toThrow('go install ended with 2:\nundefined: everything');
  expect(await readdir(join(cache, 'stack'))).toEqual([]);

  await rm(`${log}.fail`);
  await build();
  expect(await builds()).toEqual(['install', 'install', 'build']);
});

test('without Go the error has the version that is needed and where to get it', async () => {
  process.env['PATH'] = join(directory, 'nothing');

  await expect(build()).rejects.toThrow(/Go 1\.26 is needed .* https:\/\/go\.dev\/dl\//);
});

test('with everything built Go is not needed', async () => {
  await build();
  process.env['PATH'] = join(directory, 'nothing');

  expect(Object.keys(await build())).toEqual(['one', 'two']);
});

test('files of a Go module are downloaded and copied', async () => {
  const binaries = await buildComponents({ components: [DEFINITIONS], cache });

  expect(await builds()).toEqual(['mod']);
  expect(binaries).toEqual({ 'a.yaml': join(cache, 'stack', 'definitions-5.0.0', 'crd', 'a.yaml') });
  expect(await readFile(binaries['a.yaml'] ?? '', 'utf8')).toBe('definition\n');
});

test('a Python environment gets its pinned requirements and nothing else, without Go', async () => {
  await rm(join(directory, 'bin', 'go'));
  const binaries = await buildComponents({ components: [HUB], cache });

  expect(await builds()).toEqual(['venv', 'pip --no-deps --requirement=/requirements.txt']);
  expect(binaries).toEqual({ python: join(cache, 'stack', 'hub-3.0.0', 'bin', 'python') });
  expect(await readFile(binaries['python'] ?? '', 'utf8')).toBe(FAKE_PYTHON);
});

test('a failed installation has the messages of pip and leaves nothing behind', async () => {
  await writeFile(`${log}.fail`, '');

  await expect(buildComponents({ components: [HUB], cache })).rejects.toThrow(
    'python3 venv ended with 1:\nno such version',
  );
  expect(await readdir(join(cache, 'stack'))).toEqual([]);
});

test.each([
  ['3 10', /Python 3\.10 is too old\. Python 3\.11 or later is needed/],
  ['2 99', /Python 2\.99 is too old/],
])('a Python of version %s is refused', async (version, message) => {
  process.env['FAKE_PYTHON_VERSION'] = version;

  await expect(buildComponents({ components: [HUB], cache })).rejects.toThrow(message);
});

test('without Python the error has the version that is needed', async () => {
  process.env['PATH'] = join(directory, 'nothing');

  await expect(buildComponents({ components: [HUB], cache })).rejects.toThrow(/Python 3\.11 .* is needed/);
});

describe('a Debian package', () => {
  const unpack = () => buildComponents({ components: [PACKAGE], cache });
  const downloads = async () => (await builds()).filter((line) => !line.includes('--version'));

  test('a Debian package is downloaded and unpacked, not installed, and kept without its archive', async () => {
    await writeFile(`${log}.lists`, '');
    const { registry = '' } = await unpack();
    await unpack();

    expect(await downloads()).toEqual(['apt-get download docker-registry']);
    expect(registry).toBe(join(cache, 'stack', 'registry-4.0', 'usr', 'bin', 'registry'));
    expect(await readdir(join(cache, 'stack', 'registry-4.0'))).toEqual(['usr']);
  });

  test('a Debian package is found by package lists of our own where the system has none', async () => {
    await unpack();

    const own =
      '-oDir::State::lists=CACHE/apt/lists -oDir::Cache=CACHE/apt -oDir::Cache::archives=CACHE/apt/archives';
    expect(await downloads()).toEqual([
      'apt-get download docker-registry',
      `apt-get ${own} update`,
      `apt-get ${own} download docker-registry`,
    ]);
  });

  test('an unavailable Debian package gives the messages of apt-get, and leaves nothing behind', async () => {
    await writeFile(`${log}.fail`, '');

    await expect(unpack()).rejects.toThrow('ended with 100:\nno network');
    expect(await readdir(join(cache, 'stack'))).toEqual([]);
  });

  test('a Debian package is explained on a system without Debian’s tools', async () => {
    process.env['PATH'] = join(directory, 'nothing');

    await expect(unpack()).rejects.toThrow(/registry 4\.0 comes from Debian's docker-registry, by apt-get/);
  });
});

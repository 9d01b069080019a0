import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { configVersion } from '../../../src/config/config';
import { configurationNote, followConfig, type LiveConfig } from '../../../src/process/live-config';
import { aDocument, aLab, ENVIRONMENT } from '../config/sample-documents';

let directory: string;
let path: string;
let logged: Record<string, unknown>[];
let live: LiveConfig;

const text = (lab: object = {}, keys: object = {}) =>
  JSON.stringify(aDocument({ lab: aLab({ ...lab }), ...keys }));

const fingerprint = (content: string) => createHash('sha256').update(content).digest('hex');

/** Follows a file of this text; looks at it by itself only where a test asks for it. */
function follow(initialText: string, lookIntervalMs = 3_600_000): void {
  writeFileSync(path, initialText);
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const initial = configVersion(initialText, ENVIRONMENT, fingerprint);
  live = followConfig({ path, environment: ENVIRONMENT, fingerprint, initial, logger, lookIntervalMs });
}

function change(newText: string): void {
  writeFileSync(path, newText);
  live.refresh();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'live-config-'));
  path = join(directory, 'config.yaml');
  logged = [];
});

afterEach(() => {
  live.close();
  rmSync(directory, { recursive: true });
});

test('a changed file is in force, and what changed is logged', () => {
  follow(text());
  const before = live.current;
  change(text({ spawnTimeout: '5m', nodeSelector: { pool: 'labs' } }));

  expect(live.current.config.lab.spawnTimeoutMs).toBe(300_000);
  expect(live.current.id).not.toBe(before.id);
  expect(before.config.lab.spawnTimeoutMs).toBe(600_000);
  expect(logged).toContainEqual(
    expect.objectContaining({
      msg: 'configuration changed',
      changed: ['lab.spawnTimeoutMs', 'lab.nodeSelector'],
      restart: [],
    }),
  );
});

test('a file that cannot be used is refused and reported, and the previous one stays in use', () => {
  follow(text());
  const before = live.current;
  change(text({ spawnTimeout: '5 parsecs' }));

  expect(live.current).toBe(before);
  expect(configurationNote(live)).toMatchObject({
    version: before.id,
    refused: { problems: [expect.stringContaining('lab.spawnTimeout: "5 parsecs" is not a duration')] },
  });
  expect(logged.at(-1)).toMatchObject({ level: 50, problems: [{ path: 'lab.spawnTimeout' }] });

  live.refresh();
  expect(logged.filter(({ level }) => level === 50)).toHaveLength(1);

  change(text({ spawnTimeout: '5m' }));
  expect(configurationNote(live)).toEqual({ version: live.current.id, refused: null });
});

/** YAML that nests so deeply that a recursive rule runs out of stack. */
const tooDeep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test.each([
  ['nests too deeply', tooDeep(50_000)],
  ['nests too deeply below a known key', `lab: {env: ${tooDeep(50_000)}}`],
])('a file that %s is refused like any other bad one, and ends nothing', (_, deep) => {
  follow(text());
  const before = live.current;
  expect(() => change(deep)).not.toThrow();

  expect(live.current).toBe(before);
  expect(configurationNote(live).refused?.problems).toHaveLength(1);
  expect(logged.at(-1)).toMatchObject({ level: 50, msg: expect.stringContaining('refused') });
  change(text({ spawnTimeout: '5m' }));
  expect(configurationNote(live)).toEqual({ version: live.current.id, refused: null });
});

test('a check that throws any error refuses the file, by the look of the timer too', async () => {
  let calls = 0;
  const failing = (content: string) => {
    calls += 1;
    if (calls > 1) throw new RangeError(`cannot cope with ${content}`);
    return fingerprint(content);
  };
  const initial = configVersion(text(), ENVIRONMENT, failing);
  writeFileSync(path, text({ spawnTimeout: '5m' }));
  const refused = Promise.withResolvers<void>();
  const write = (line: string) => {
    logged.push(JSON.parse(line));
    refused.resolve();
  };
  const logger = pino({ level: 'error' }, { write });
  live = followConfig({
    path,
    environment: ENVIRONMENT,
    fingerprint: failing,
    initial,
    logger,
    lookIntervalMs: 5,
  });
  await refused.promise;

  expect(live.current).toBe(initial);
  expect(live.refused?.problems).toMatchObject([{ rule: 'uncheckable', path: '(file)' }]);
  expect(JSON.stringify(logged)).toContain('RangeError');
  expect(JSON.stringify(logged)).not.toContain('cope');
});

test('a listener that throws keeps neither the change nor the other listeners from taking effect', () => {
  follow(text());
  const heard: string[] = [];
  live.onChange(() => {
    throw new Error('cannot apply');
  });
  live.onChange(({ id }) => heard.push(id));
  expect(() => change(text({ spawnTimeout: '5m' }))).not.toThrow();

  expect(heard).toEqual([live.current.id]);
  expect(live.refused).toBeNull();
  expect(logged.at(-1)).toMatchObject({ level: 50, version: live.current.id });
});

test('a file that is gone, or is no YAML, changes nothing', () => {
  follow(text());
  const before = live.current;
  rmSync(path);
  live.refresh();
  expect(live.refused?.problems[0]?.message).toBe('cannot be read (ENOENT)');
  change('lab: {');
  expect(live.refused?.problems[0]?.rule).toBe('yaml');
  expect(live.current).toBe(before);
});

test('a file written anew with the same text is the same version, also after a refused one', () => {
  follow(text());
  const before = live.current;
  change('lab: {');
  change(text());
  expect(live.current).toBe(before);
  expect(live.refused).toBeNull();
});

test('settings that wait for the next start are named', () => {
  follow(text());
  change(text({}, { logLevel: 'debug', timeouts: { httpClient: '1s', spawnCheck: '1s' } }));
  expect(logged).toContainEqual(
    expect.objectContaining({
      msg: 'changed settings take effect with the next start',
      keys: ['logLevel', 'timeouts.httpClientMs'],
    }),
  );
});

test('a changed secret is reported, also within a list, and not shown', () => {
  const user = (token: string) => ({ username: 'rachel', token, uid: 1, gid: 1 });
  const auth = (token: string) => ({ auth: { type: 'static', users: [user(token)] } });
  follow(text({}, auth('first-token')));
  change(text({}, auth('second-token')));
  expect(logged).toContainEqual(expect.objectContaining({ keys: ['auth.users'] }));
  expect(JSON.stringify(logged)).not.toContain('-token');
});

test('listeners are called for each new version', () => {
  follow(text());
  const heard: string[] = [];
  live.onChange(({ id }) => heard.push(id));
  change(text({ spawnTimeout: '5m' }));
  change('lab: {');
  expect(heard).toEqual([live.current.id]);
});

test('the replacement of links by which a mounted ConfigMap changes is detected', async () => {
  const [first, second] = [join(directory, 'first'), join(directory, 'second')];
  follow(text(), 20);
  live.close();
  writeFileSync(first, text());
  writeFileSync(second, text({ spawnTimeout: '5m' }));
  symlinkSync(first, join(directory, 'data'));
  rmSync(path);
  symlinkSync(join(directory, 'data'), path);
  const initial = live.current;
  const logger = pino({ enabled: false });
  live = followConfig({ path, environment: ENVIRONMENT, fingerprint, initial, logger, lookIntervalMs: 20 });
  const changed = new Promise<number>((resolve) => {
    live.onChange(({ config }) => resolve(config.lab.spawnTimeoutMs));
  });
  symlinkSync(second, join(directory, 'next'));
  renameSync(join(directory, 'next'), join(directory, 'data'));
  expect(await changed).toBe(300_000);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ControllerProcess } from '../../stack/controller';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { formFor, labNamespaces, type TestUser, type World, worldOn } from '../support/world';

const ORIGINAL = readFileSync(join(__dirname, '../data/e2e/config.yaml'), 'utf8');

/** The original with another namespace prefix, and a variable by which labs of this version are known. */
const changed = (version: string): string =>
  ORIGINAL.replace('namespacePrefix: lab', `namespacePrefix: ${version}`).replace(
    'RSP_SITE_TYPE: science',
    `VERSION: ${version}`,
  );

const readiness = z.object({
  configuration: z.object({
    version: z.string(),
    refused: z.object({ problems: z.array(z.string()) }).nullable(),
  }),
});
const variables = z.object({ data: z.record(z.string(), z.string()) });

let directory: string;
let configFile: string;
let world: World;
let services: ControllerProcess[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'live-config-'));
  configFile = join(directory, 'config.yaml');
  writeFileSync(configFile, ORIGINAL);
  world = await worldOn(await startStack({ name: `live-config-${process.pid}` }), { configFile });
  services = await Promise.all([world.start('api'), world.start('worker'), world.start('watcher')]);
});

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true });
});

async function note({ opsUrl }: ControllerProcess) {
  const answer = await fetch(`${opsUrl}/readyz`);
  return { status: answer.status, ...readiness.parse(await answer.json()).configuration };
}

/** Writes the file, and waits until every running service has dealt with it. */
async function change(
  text: string,
  isDone: (noted: Awaited<ReturnType<typeof note>>) => boolean,
): Promise<void> {
  writeFileSync(configFile, text);
  for (const service of services) await eventually(() => note(service), isDone);
}

async function accept(text: string): Promise<void> {
  const before = await Promise.all(services.map(async (service) => (await note(service)).version));
  await change(text, ({ version, refused }) => refused === null && !before.includes(version));
}

/** The variable `VERSION` of a lab in one namespace. */
async function versionOf({ username }: TestUser, prefix: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${prefix}-${username}/configmaps/${username}-nb-env`;
  return variables.parse((await world.cluster.send('GET', path)).body).data.VERSION;
}

test('a changed file is in force for new labs, and labs that run keep what they started with', async () => {
  const [early, late] = [await world.aUser(), await world.aUser()];
  await world.hub.start(early.username, early.token, { options: formFor('fast') });
  await accept(changed('second'));

  await world.hub.start(late.username, late.token, { options: formFor('fast') });
  expect(await versionOf(late, 'second')).toBe('second');
  expect((await world.hub.read(early.username)).status).toBe('running');

  await world.hub.stop(early.username);
  await eventually(
    () => labNamespaces(world, early.username),
    (namespaces) => namespaces.length === 0,
  );
  await world.hub.start(early.username, early.token, { options: formFor('fast') });
  expect(await labNamespaces(world, early.username)).toEqual([`second-${early.username}`]);
});

test('a spawn that was accepted before a change is built as it was accepted, by a worker that started after', async () => {
  const user = await world.aUser();
  await accept(changed('third'));
  await services[1]?.kill('SIGKILL');
  services.splice(1, 1);
  expect((await world.hub.create(user.username, user.token, { options: formFor('fast') })).status).toBe(201);
  await accept(changed('fourth'));
  services.push(await world.start('worker'));

  await world.hub.follow(user.username, user.token);
  expect(await versionOf(user, 'third')).toBe('third');
  expect(await labNamespaces(world, user.username)).toEqual([`third-${user.username}`]);
});

test('a file that cannot be used is refused and shown, while the service stays ready with the one before', async () => {
  const { username, token } = await world.aUser();
  await accept(changed('fifth'));
  const [before] = await Promise.all(services.map(note));
  await change(
    changed('fifth').replace('spawnTimeout: 2m', 'spawnTimeout: soon'),
    ({ refused }) => refused !== null,
  );

  for (const service of services) {
    expect(await note(service)).toMatchObject({
      status: 200,
      version: before?.version,
      refused: { problems: [expect.stringMatching(/^lab\.spawnTimeout: "soon" is not a duration/)] },
    });
  }
  await world.hub.start(username, token, { options: formFor('fast') });
  expect(await labNamespaces(world, username)).toEqual([`fifth-${username}`]);
  const logs = services.map(({ logFile }) => readFileSync(logFile, 'utf8'));
  expect(logs.filter((log) => log.includes('configuration file refused'))).toHaveLength(services.length);
});

test('a file that nests too deeply for any rule is refused, and ends no service', async () => {
  await accept(changed('sixth'));
  const [before] = await Promise.all(services.map(note));
  const deep = `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`;
  await change(`${changed('sixth')}\nfsadmin: ${deep}\n`, ({ refused }) => refused !== null);

  for (const service of services) {
    expect(await note(service)).toMatchObject({ status: 200, version: before?.version });
  }
  await accept(changed('seventh'));
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RECONCILIATION_RECORD_ID } from '../../src/workflow-clients/names';
import type { ControllerProcess } from '../../stack/controller';
import { stackFiles } from '../../stack/files';
import { processesIn } from '../../stack/processes-in';
import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import { accept, aFaultyWorld, aRunningLab, type FaultyWorld, untilStatus, Viewer } from '../support/faults';
import type { TestUser } from '../support/world';

/* Temporal as in production, the server of its images on PostgreSQL: both are killed, and an older state is restored. */

const COMMANDS = ['api', 'worker', 'watcher'] as const;
const BURST = 10;

let world: FaultyWorld;
let processes: ControllerProcess[];
let data: string;

beforeAll(async () => {
  world = await aFaultyWorld({ temporal: 'postgresql', persistent: true });
  data = stackFiles(world.stack.directory).postgresqlData;
  processes = await startController();
});

afterAll(() => world.stop());

const startController = () => Promise.all(COMMANDS.map((command) => world.start(command)));

/** What PostgreSQL tells of itself: its process ID comes first. Empty without a database. */
const postmaster = (): string => {
  const file = join(data, 'postmaster.pid');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

const idOf = (told: string): string | undefined => told.split('\n')[0];

const isReady = (told: string): boolean => told.includes('\nready');

/** Whether processes of PostgreSQL run, all of which work in its folder. */
const isInUse = async (): Promise<boolean> => processesIn(data).length > 0;

const doesTemporalAnswer = (): Promise<boolean> =>
  world.temporal.workflow.count().then(
    () => true,
    () => false,
  );

/** Starts PostgreSQL after it was killed, once the processes of its connections have ended too. */
async function reviveDatabase(): Promise<void> {
  const former = idOf(postmaster());
  await eventually(isInUse, (used) => !used);
  await world.stack.revive('postgresql');
  await eventually(
    async () => postmaster(),
    (told) => isReady(told) && idOf(told) !== former,
  );
}

async function reviveTemporal(): Promise<void> {
  await world.stack.revive('temporal');
  await eventually(doesTemporalAnswer, (answers) => answers);
}

const newUsers = (): Promise<TestUser[]> => Promise.all(Array.from({ length: BURST }, () => world.aUser()));

test.each([
  ['PostgreSQL is', ['postgresql']],
  ['Temporal is', ['temporal']],
  ['both are', ['postgresql', 'temporal']],
])('all of a burst during which %s killed are served', async (_what, names) => {
  const users = await newUsers();
  await Promise.all(users.map((user) => accept(world, user)));
  const viewers = users.map((user) => new Viewer(world, user));
  for (const name of names) await world.stack.kill(name);
  if (names.includes('postgresql')) await reviveDatabase();
  if (names.includes('temporal')) await reviveTemporal();

  await Promise.all(viewers.map((viewer) => viewer.watchToTheEnd()));

  expect(viewers.flatMap(({ flaws }) => flaws)).toEqual([]);
  const all = Object.fromEntries(users.map(({ username }) => [username, 'running'] as const));
  await expect(settle(world, all)).resolves.toBeUndefined();
  await Promise.all(users.map(({ username }) => world.hub.stop(username)));
});

test('labs that began or ended after the state that is restored are taken over, or forgotten', async () => {
  const [kept, ended] = await Promise.all([aRunningLab(world), aRunningLab(world)]);
  const backup = `${data}-backup`;
  const killAll = async () => {
    for (const name of ['temporal', 'postgresql']) await world.stack.kill(name);
  };
  await killAll();
  // With its owner, whom PostgreSQL checks.
  execFileSync('cp', ['--archive', data, backup]);
  await reviveDatabase();
  await reviveTemporal();
  const begun = await aRunningLab(world);
  await world.hub.stop(ended.username);

  await Promise.all(processes.map((process) => process.kill('SIGTERM')));
  await killAll();
  rmSync(data, { recursive: true });
  renameSync(backup, data);
  await reviveDatabase();
  await reviveTemporal();
  // As the operations guide says: what is in the cluster is to be looked at before the hub is told anything.
  await world.temporal.workflow.getHandle(RECONCILIATION_RECORD_ID).terminate('restored');
  processes = await startController();
  await eventually(
    () => world.hub.poll(kept.username).catch((error: unknown) => String(error)),
    (status) => status === null,
  );

  const running = { [kept.username]: 'running', [begun.username]: 'running' } as const;
  await expect(settle(world, running)).resolves.toBeUndefined();
  // For the restored Temporal its pod has vanished; the hub finds it ended, and stops it.
  await untilStatus(world, ended, 'failed');
  expect(await world.hub.poll(ended.username)).not.toBeNull();
  await world.hub.stop(ended.username);
  await expect(settle(world, { [ended.username]: 'gone' })).resolves.toBeUndefined();
});

import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import { type Child, startChild } from '../../stack/child';
import { TEMPORAL_SERVER, TEMPORAL_SQL_TOOL } from '../../stack/components';
import { CHECKOUT } from '../../stack/paths';
import { theChart } from '../support/chart';
import { type ComposeDatabase, composeDatabase, databasePrograms } from '../support/compose-database';
import { type ComposeProcesses, composeProcesses } from '../support/compose-processes';
import { eventually } from '../support/eventually';

/*
 * Temporal's server on PostgreSQL as processes, first as docker-compose.yml runs it, then, on the same data, as the pod of the
 * chart does. Programs are of the images' version, but that of PostgreSQL.
 */

const run = promisify(execFile);
/** The folder is short: paths of sockets are limited. */
const directory = mkdtempSync(join(tmpdir(), 'nt-'));
const ADDRESS = `127.${randomInt(200, 250)}.${randomInt(250)}.1`;

let processes: ComposeProcesses;
let database: ComposeDatabase;
let running: Child[] = [];

async function healthy(name: string, child: Child): Promise<void> {
  running.push(child);
  await processes.untilHealthy(name, child);
}

async function stopAll(): Promise<void> {
  for (const child of running) child.kill('SIGTERM');
  await eventually(
    async () => running.map((child) => child.ending()),
    (ends) => !ends.includes(undefined),
  );
  running = [];
}

beforeAll(async () => {
  const { 'temporal-server': server = '', 'temporal-sql-tool': sql = '' } = await buildComponents({
    components: [TEMPORAL_SERVER, TEMPORAL_SQL_TOOL],
  });
  const { temporal = '' } = await buildComponents();
  const postgresql = await databasePrograms();
  processes = composeProcesses({
    directory,
    programs: {
      nublado: `${process.execPath} ${join(CHECKOUT, 'dist/cli/main.js')}`,
      temporal,
      'temporal-sql-tool': sql,
      'temporal-entry-point': `${server} start`,
      pg_isready: `env LD_LIBRARY_PATH=${postgresql.libraries} ${postgresql.isReady}`,
    },
    hosts: {
      addresses: { postgresql: ADDRESS, temporal: ADDRESS },
      texts: [['/etc/temporal/entrypoint.sh', 'temporal-entry-point']],
    },
  });
  database = composeDatabase(postgresql, processes, { directory, address: ADDRESS });
});

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const containerSchema = z.looseObject({
  name: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
});

interface Command {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** What a container of the chart's Temporal with PostgreSQL runs, by its name; of those without a command `program`. */
async function chartContainers(): Promise<(name: string, program?: string) => Command> {
  const chart = await theChart();
  const values = { temporal: { development: { enabled: true, postgresql: { enabled: true } } } };
  const pod = chart
    .objects(values)
    .find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('-temporal'));
  const containers = z.array(containerSchema).parse(Object(pod?.['spec']).template.spec.initContainers);
  const here = (text: string): string =>
    text
      .replaceAll(/127\.0\.0\.1|0\.0\.0\.0/g, ADDRESS)
      .replace('/etc/temporal-setup', join(CHECKOUT, 'helm/files'));
  return (name, program) => {
    const found = containers.find((one) => one.name === name);
    const [command = '', ...args] = [...(found?.command ?? [program ?? '']), ...(found?.args ?? [])].map(
      here,
    );
    const variables = (found?.env ?? []).map((one) => [one.name, here(one.value)]);
    return { command, args, env: { ...processes.environment, ...Object.fromEntries(variables) } };
  };
}

test('the server starts on the schemas of its tool, as the compose file has them run', async () => {
  await processes.run('secrets');
  await database.initialize();
  await healthy('postgresql', database.start());
  await database.createDatabases();
  await processes.run('temporal-schema');
  await healthy('temporal', processes.start('temporal'));
  await processes.run('temporal-namespace');
  expect(await processes.run('search-attributes')).toMatch(/^registered LabUser/);
});

test('the pod of the chart serves what the database has, without a password', async () => {
  await stopAll();
  database.trust();
  await healthy('postgresql', database.start());
  const containers = await chartContainers();
  const runs = async ({ command, args, env }: Command) => (await run(command, args, { env })).stdout;

  await runs(containers('schema'));
  const { command, args, env } = containers('temporal', 'temporal-entry-point');
  const plan = { name: 'temporal', command, args, environment: env };
  await healthy('temporal', startChild(plan, { directory, logFile: join(directory, 'of-chart.log') }));
  await runs(containers('namespace'));
  expect(await runs(containers('search-attributes', 'nublado'))).toMatch(/^all search attributes/);
});

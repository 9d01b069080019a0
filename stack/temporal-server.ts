import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../src/workflow-clients/names';
import type { Binaries } from './build';
import { type Launch, waitFor } from './child';
import { runCommand } from './command';
import type { StackFiles } from './files';
import { CHECKOUT } from './paths';
import type { Ports } from './plan';
import { OWNER } from './postgresql';
import { answersForNamespace, NAMESPACE, TYPE_NAMES } from './temporal';

/** What the chart's Temporal and that of the compose file are set up with. */
const SETUP = join(CHECKOUT, 'helm', 'files');

interface TemporalServerSetup {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly files: StackFiles;
  readonly ports: Ports;
  readonly launch: Launch;
  /** Where its PostgreSQL listens. */
  readonly address: string;
}

/**
 * Starts the server of Temporal's images on PostgreSQL, which must run: schemas, all four services in one process, the
 * namespace and its search attributes, by the scripts and settings of the chart. Earlier data are kept.
 */
export async function startTemporalServer({
  directory,
  binaries,
  files,
  ports,
  launch,
  address,
}: TemporalServerSetup): Promise<void> {
  const password = readFileSync(files.postgresqlPassword, 'utf8');
  const { temporal = '', 'temporal-sql-tool': sqlTool = '' } = binaries;
  const frontend = { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}` };
  const PATH = [dirname(temporal), dirname(sqlTool), process.env['PATH']].join(':');
  const run = (command: string, args: readonly string[], environment: Readonly<Record<string, string>>) =>
    runCommand(command, args, { cwd: directory, env: { PATH, HOME: directory, ...environment } });

  await run('sh', [join(SETUP, 'temporal-schema.sh')], {
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: address,
    SQL_PORT: '5432',
    SQL_USER: OWNER,
    SQL_PASSWORD: password,
  });
  const server = launch({
    name: 'temporal',
    command: binaries['temporal-server'] ?? '',
    args: ['start'],
    environment: {
      DB: 'postgres12',
      POSTGRES_SEEDS: address,
      DB_PORT: '5432',
      POSTGRES_USER: OWNER,
      POSTGRES_PWD: password,
      DYNAMIC_CONFIG_FILE_PATH: join(SETUP, 'temporal-dynamic-config.yaml'),
      LOG_LEVEL: 'warn',
      ...listeners(ports),
    },
    keepsData: true,
  });
  await waitFor('temporal', [server], async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.temporalHttp}/api/v1/cluster-info`);
    return answer.ok;
  });
  await run('sh', [join(SETUP, 'temporal-namespace.sh'), NAMESPACE], frontend);
  const attributes = SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
    `--name=${name}`,
    `--type=${TYPE_NAMES[type]}`,
  ]);
  await run('temporal', ['operator', 'search-attribute', 'create', ...attributes], frontend);
  await waitFor('temporal', [server], () => answersForNamespace(ports.temporalHttp, NAMESPACE));
}

function listeners(ports: Ports): Record<string, string> {
  const numbers = {
    FRONTEND_GRPC_PORT: ports.temporal,
    FRONTEND_HTTP_PORT: ports.temporalHttp,
    FRONTEND_MEMBERSHIP_PORT: ports.temporalFrontendMembership,
    HISTORY_GRPC_PORT: ports.temporalHistory,
    HISTORY_MEMBERSHIP_PORT: ports.temporalHistoryMembership,
    MATCHING_GRPC_PORT: ports.temporalMatching,
    MATCHING_MEMBERSHIP_PORT: ports.temporalMatchingMembership,
    WORKER_GRPC_PORT: ports.temporalWorker,
    WORKER_MEMBERSHIP_PORT: ports.temporalWorkerMembership,
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).map(([name, port]) => [name, String(port)])),
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    PROMETHEUS_ENDPOINT: `127.0.0.1:${ports.temporalMetrics}`,
  };
}

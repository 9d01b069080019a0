import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { buildComponents } from '../../stack/build';
import type { Child } from '../../stack/child';
import { accepted, hubRequest, serverPath } from '../../stack/hub-request';
import { k8sHubComponents } from '../../stack/jupyterhub/components';
import { CHECKOUT } from '../../stack/paths';
import { composeService } from '../support/compose';
import { type ComposeDatabase, composeDatabase, databasePrograms } from '../support/compose-database';
import { type ComposeProcesses, composeProcesses, mountedText } from '../support/compose-processes';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';

/*
 * The commands of docker-compose.yml as processes: hosts are loopback addresses, volumes are folders, cluster and Temporal are the
 * stack's. The archive of an image is not made. Temporal's own server is in temporal-on-postgresql.test.ts.
 */

const run = promisify(execFile);
const { kubernetes, temporal } = theStack();
/** The controller's account in the cluster. */
const ACCOUNT = 'nublado-compose';
const PREFIX = `compose-${randomInt(1e6)}`;
/** The folder is short: paths of sockets are limited. */
const directory = mkdtempSync(join(tmpdir(), 'nc-'));
const network = `127.${randomInt(200, 250)}.${randomInt(250)}`;
const [BACKEND, CONTROLLER, NODE] = [`${network}.1`, `${network}.2`, `${network}.3`];
const inNamespace = { TEMPORAL_NAMESPACE: PREFIX };

let processes: ComposeProcesses;
let database: ComposeDatabase;
let kubectl: (...args: string[]) => Promise<string>;
const children: Child[] = [];

const secret = (volume: string, name: string): string =>
  readFileSync(join(processes.volume(volume), name), 'utf8').trim();

async function healthy(name: string, child: Child): Promise<void> {
  children.push(child);
  await processes.untilHealthy(name, child);
}

beforeAll(async () => {
  const cluster = await buildComponents();
  const hub = await buildComponents({ components: k8sHubComponents() });
  const postgresql = await databasePrograms();
  kubectl = async (...args) => {
    const env = { ...process.env, KUBECONFIG: kubernetes.adminKubeconfig };
    return (await run(cluster['kubectl'] ?? '', args, { env })).stdout;
  };
  const python = hub['python'] ?? '';
  const proxy = join(CHECKOUT, 'node_modules/configurable-http-proxy/bin/configurable-http-proxy');
  processes = composeProcesses({
    directory,
    programs: {
      nublado: `${process.execPath} ${join(CHECKOUT, 'dist/cli/main.js')}`,
      node: process.execPath,
      temporal: cluster['temporal'] ?? '',
      pg_isready: `env LD_LIBRARY_PATH=${postgresql.libraries} ${postgresql.isReady}`,
      kubectl: cluster['kubectl'] ?? '',
      'configurable-http-proxy': `${process.execPath} ${proxy}`,
      python3: python,
      jupyterhub: `env PYTHONPATH=${dirname(hub['nublado_hub'] ?? '')} ${python} -m jupyterhub`,
    },
    hosts: {
      addresses: {
        postgresql: BACKEND,
        controller: CONTROLLER,
        hub: NODE,
        k3s: NODE,
        proxy: NODE,
        // The namespace in Temporal.
        default: PREFIX,
      },
      texts: [
        ['https://k3s:6443', kubernetes.server],
        ['temporal:7233', temporal.address],
        ['10.42.0.1', NODE],
        ['node/k3s', 'node/node-1'],
      ],
    },
  });
  database = composeDatabase(postgresql, processes, { directory, address: BACKEND });
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  const own = ['role', 'rolebinding', 'serviceaccount'].map((kind) => `${kind}/${ACCOUNT}`);
  await kubectl('delete', `clusterrole/${ACCOUNT}`, `clusterrolebinding/${ACCOUNT}`, '--ignore-not-found');
  await kubectl('delete', ...own, `secret/${ACCOUNT}-token`, '--namespace=nublado', '--ignore-not-found');
  await kubectl('delete', 'namespace', `${PREFIX}-rachel`, '--ignore-not-found', '--wait=false');
  rmSync(directory, { recursive: true, force: true });
});

test('keys, tokens and the password are made once', async () => {
  await processes.run('secrets');
  const all = () => [
    secret('controller-secrets', 'sealing-keys/first'),
    secret('controller-secrets', 'hub-token'),
    secret('database-secrets', 'password'),
    ...['controller-token', 'cookie-secret', 'proxy-token', 'spawner-token'].map((name) =>
      secret('hub-secrets', name),
    ),
  ];
  const first = all();
  // The token of the controller is there for both sides.
  expect(new Set(first).size).toBe(first.length - 1);
  for (const one of first) expect(Buffer.from(one, 'base64')).toHaveLength(32);
  await processes.run('secrets');
  expect(all()).toEqual(first);
});

test('the database takes the password by network, and none at its socket', async () => {
  await database.initialize();
  await healthy('postgresql', database.start());
  await database.createDatabases();
  const query = ['--dbname=temporal', '--command=SELECT 1'];
  const password = secret('database-secrets', 'password');
  await database.sql(query);
  await database.sql(query, { PGHOST: BACKEND, PGPASSWORD: password });
  await expect(database.sql(query, { PGHOST: BACKEND, PGPASSWORD: 'wrong' })).rejects.toThrow(
    /password authentication failed/,
  );
});

test('a namespace and search attributes are made in Temporal once', async () => {
  await processes.run('temporal-namespace');
  expect(await processes.run('search-attributes', inNamespace)).toMatch(/^registered LabUser/);
  await processes.run('temporal-namespace');
  expect(await processes.run('search-attributes', inNamespace)).toMatch(/^all search attributes/);
});

test('the controller gets an account with the rules of the chart, and no more', async () => {
  copyFileSync(kubernetes.adminKubeconfig, join(processes.volume('cluster-admin'), 'k3s.yaml'));
  await processes.run('cluster-access');
  const file = join(processes.volume('cluster-access'), 'kubeconfig');
  expect(statSync(file).mode & 0o777).toBe(0o644);
  const may = (...what: string[]) =>
    kubectl('auth', 'can-i', ...what, `--kubeconfig=${file}`).then(
      (text) => text.trim(),
      (error: unknown) => String(Object(error).stdout).trim(),
    );
  expect(await may('create', 'namespaces')).toBe('yes');
  expect(await may('watch', 'pods', '--all-namespaces')).toBe('yes');
  expect(await may('list', 'persistentvolumeclaims', '--namespace=nublado')).toBe('yes');
  expect(await may('list', 'persistentvolumeclaims', '--namespace=kube-system')).toBe('no');
  // The configuration names no Secrets to copy.
  expect(await may('get', 'secrets', '--namespace=nublado')).toBe('no');
  expect(await may('delete', 'nodes')).toBe('no');
});

test('hub, proxy and controller find each other, and a user of the hub starts a lab', async () => {
  const config = join(directory, 'config.yaml');
  const text = mountedText(processes, 'controller', '/etc/nublado/config.yaml');
  writeFileSync(config, text.replace('namespacePrefix: lab', `namespacePrefix: ${PREFIX}`));
  const controller = processes.start('controller', { NUBLADO_CONFIG_PATH: config, ...inNamespace });
  const proxy = processes.start('proxy');
  const hub = processes.start('hub');
  children.push(controller, proxy, hub);
  await healthy('proxy', proxy);
  await healthy('hub', hub);
  await healthy('controller', controller);

  expect((await fetch(`http://${NODE}:8000/hub/login`)).status).toBe(200);
  const adminToken = secret('hub-secrets', 'spawner-token');
  const ask = hubRequest({ apiUrl: `http://${NODE}:8000/hub/api`, adminToken });
  await accepted(ask('POST', serverPath('rachel'), { image_class: ['recommended'], size: ['small'] }));
  const namespace = `--namespace=${PREFIX}-rachel`;
  const [pod] = await eventually(
    async () => Object(JSON.parse(await kubectl('get', 'pods', namespace, '--output=json'))).items as V1Pod[],
    ({ length }) => length > 0,
  );
  const [init] = pod?.spec?.initContainers ?? [];
  const [container] = pod?.spec?.containers ?? [];
  expect([init?.image, init?.imagePullPolicy]).toEqual(['nublado-temporal:compose', 'Never']);
  expect(container?.image).toMatch(/^quay\.io\/jupyter\/base-notebook/);
  expect(container?.securityContext?.runAsUser).toBe(1101);
  const maps = z
    .object({ items: z.array(z.object({ data: z.record(z.string(), z.string()).default({}) })) })
    .parse(JSON.parse(await kubectl('get', 'configmaps', namespace, '--output=json')));
  const environment = maps.items.flatMap(({ data }) => Object.entries(data));
  expect(environment).toContainEqual(['JUPYTERHUB_API_URL', `http://${NODE}:8081/hub/api`]);
  await accepted(ask('DELETE', serverPath('rachel')));
});

test('the health check of the node asks what it should', async () => {
  const [, ...command] = composeService('k3s').healthcheck?.test ?? [];
  // The last part looks at the network of the container.
  const [asked = ''] = (command.at(-1) ?? '').split(' && grep');
  const env = { ...processes.environment, KUBECONFIG: kubernetes.adminKubeconfig };
  const { stdout } = await run('sh', ['-ec', processes.translated('k3s', asked)], { env });
  expect(stdout).toMatch(/^ok\s*node\/node-1 condition met/);
});

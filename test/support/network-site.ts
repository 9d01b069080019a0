import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { LAB_PORT } from '../../src/domain/lab-address';
import { FILE_SERVER_PORT } from '../../src/objects/file-server/job';
import { fileServerObjects } from '../../src/objects/file-server/objects';
import { fsadminObjects } from '../../src/objects/fsadmin';
import { labObjects } from '../../src/objects/lab/objects';
import { prepullPod } from '../../src/objects/prepull-pod';
import { inputOf } from '../objects/cases';
import {
  FILE_SERVER_CASES,
  FSADMIN_CASES,
  fileServerInput,
  fsadminInput,
} from '../objects/file-server-cases';
import { type Manifest, NAMESPACE, ROOT } from './chart';
import { JUPYTERHUB, LAB } from './chart-cases';
import { type Cluster, type Endpoint, isAllowed, policiesIn } from './network-policies';

/** The objects of a user's lab as the API server gets them, its pod, and the labels of its namespace. */
function labOf(username: string) {
  const input = inputOf('minimal');
  const { plan } = input;
  const user = { ...plan.user, username };
  const namespace = `nublado-${username}`;
  const { networkPolicy, pod, ...objects } = labObjects({ ...input, plan: { ...plan, user, namespace } });
  const policy: KubernetesObject = JSON.parse(JSON.stringify(networkPolicy).replaceAll('"_from"', '"from"'));
  const namespaces = { [namespace]: objects.namespace.metadata?.labels ?? {} };
  return { policy, namespaces, pod: { namespace, labels: pod.metadata?.labels ?? {} } };
}

const rachel = labOf('rachel');
/** The lab of another user than that of column `a lab`. */
export const wesley = labOf('wesley');

const [fileServerCase = ''] = FILE_SERVER_CASES;
const { job } = fileServerObjects(fileServerInput(fileServerCase));
const [fsadminCase = ''] = FSADMIN_CASES;
const fsadmin = fsadminObjects({ ...fsadminInput(fsadminCase), namespace: NAMESPACE }).pod;
const prepull = prepullPod({
  name: 'prepull-1',
  namespace: NAMESPACE,
  node: 'node-1',
  reference: 'example.org/lab@sha256:0',
  id: 'op-1',
  tolerations: [],
  pullSecret: null,
});
const FILES = job.metadata?.namespace ?? '';
const FILE_SERVER: Endpoint = { namespace: FILES, labels: job.spec?.template.metadata?.labels ?? {} };
/** The pod of JupyterHub, where the chart expects it. */
export const THE_HUB: Endpoint = { namespace: NAMESPACE, labels: { app: 'jupyterhub', component: 'hub' } };

/** Pods that the chart does not make, by the name that the tables of the page have for them. */
export const OTHERS: Readonly<Record<string, Endpoint>> = {
  'the ingress': { namespace: 'ingress-nginx', labels: { 'gafaelfawr.lsst.io/ingress': 'true' } },
  'the hub': THE_HUB,
  "the hub's proxy": { namespace: NAMESPACE, labels: { app: 'jupyterhub', component: 'proxy' } },
  Prometheus: { namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } },
  'other pods': { namespace: NAMESPACE, labels: { app: 'other' } },
  "Temporal's other pods": { namespace: 'temporal', labels: { 'app.kubernetes.io/component': 'history' } },
  labs: wesley.pod,
  'other pods of the same user': { namespace: rachel.pod.namespace, labels: { app: 'other' } },
  'prepull pods': { namespace: NAMESPACE, labels: prepull.metadata?.labels ?? {} },
  'file servers': FILE_SERVER,
  'the pod for file system administration': { namespace: NAMESPACE, labels: fsadmin.metadata?.labels ?? {} },
};

/** Pods that the chart makes, by the same, and their part. */
export const PARTS: Readonly<Record<string, string>> = {
  'the API': 'api',
  workers: 'worker',
  watchers: 'watcher',
  'the hook for sealing keys': 'sealing-keys',
  'the hook for search attributes': 'search-attributes',
  purging: 'purge',
  'the pods of `helm test`': 'tests',
};

/** Pods of the hub's chart, where a site has it, by the same, and their part. */
export const HUB_PARTS: Readonly<Record<string, string>> = { 'the hub': 'hub', "the hub's proxy": 'proxy' };

const DNS: Endpoint = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const TEMPORAL: Endpoint = { namespace: 'temporal', labels: { 'app.kubernetes.io/component': 'frontend' } };

const COMPONENT = 'app.kubernetes.io/component';
const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({
        ports: z.array(z.looseObject({ name: z.string(), containerPort: z.int() })).default([]),
      }),
    ),
  }),
});

/** Pods of rendered objects, by their part. */
export function podsIn(objects: readonly Manifest[]): Record<string, Endpoint> {
  const templates = objects.flatMap((object) => {
    if (object.kind === 'Pod') return templateSchema.safeParse(object).data ?? [];
    const spec = Object(object['spec']);
    return templateSchema.safeParse(spec.jobTemplate?.spec.template ?? spec.template).data ?? [];
  });
  return Object.fromEntries(
    templates.map(({ metadata: { labels }, spec }) => {
      const ports = spec.containers.flatMap((container) => container.ports);
      const namedPorts = Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort]));
      return [labels[COMPONENT] ?? '', { namespace: NAMESPACE, labels, namedPorts }];
    }),
  );
}

/** What is asked who reaches whom. */
export interface Site {
  readonly pods: Readonly<Record<string, Endpoint>>;
  readonly cluster: Cluster;
}

/** A cluster with the objects of a chart, or of that and the hub's, two labs and the rest of a site. */
export function siteOf(rendered: readonly Manifest[]): Site {
  const objects = rendered.map((object) => ({
    ...object,
    metadata: { namespace: NAMESPACE, ...object.metadata },
  }));
  return {
    pods: podsIn(objects),
    cluster: {
      namespaces: {
        ...rachel.namespaces,
        ...wesley.namespaces,
        ...Object.fromEntries(
          [NAMESPACE, FILES, 'ingress-nginx', 'monitoring', 'temporal', 'kube-system'].map((name) => [
            name,
            {},
          ]),
        ),
      },
      policies: policiesIn([...objects, rachel.policy, wesley.policy]),
    },
  };
}

/** What sites set, besides what the authentication of their users asks for. */
export const networkPolicies = {
  enabled: true,
  from: {
    prometheus: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
  },
  to: {
    kubernetes: [{ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 6443 }] }],
    services: [{ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 443 }] }],
  },
  temporal: { namespace: 'temporal' },
};
const HUB = {
  apiUrl: 'http://hub:8081/hub/api',
  aggregateActivity: true,
  activityUrl: 'http://nublado-controller-activity',
};
const behindNginx = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } },
};

/** Values of a site with Gafaelfawr. */
export const GAFAELFAWR = {
  host: 'labs.example.org',
  gafaelfawr: { enabled: true },
  purge: { enabled: true },
  networkPolicies,
  config: {
    ...LAB,
    hub: HUB,
    fileserver: { enabled: true, namespace: FILES },
  },
};
/** Values of a site whose API authenticates by itself. */
export const WITHOUT_GAFAELFAWR = {
  host: 'labs.example.org',
  ingress: { enabled: true },
  purge: { enabled: true },
  networkPolicies: { ...networkPolicies, from: { ...networkPolicies.from, ingress: [behindNginx] } },
  config: {
    ...LAB,
    hub: HUB,
    auth: JUPYTERHUB,
    fileserver: { enabled: true, namespace: FILES, ingress: { type: 'ingress' } },
  },
};

type Protocol = 'TCP' | 'UDP';

/** What a column of the tables means: endpoints and ports that are all reached, or none. */
function targets(site: Site, column: string): [to: Endpoint, port: number, protocol?: Protocol][] {
  const { pods } = site;
  const part = (name: string): Endpoint => {
    const pod = pods[name];
    if (!pod) throw new Error(`the chart has no pods of ${name}`);
    return pod;
  };
  switch (column) {
    case 'API':
      return [[part('api'), 8080]];
    case 'reports of activity':
      return [[part('api'), 8082]];
    case 'metrics':
      return ['api', 'worker', 'watcher'].map((name) => [part(name), 8081]);
    case 'file servers':
      return [[FILE_SERVER, FILE_SERVER_PORT]];
    case 'a lab':
      return [[rachel.pod, LAB_PORT]];
    case 'Temporal':
      return [[TEMPORAL, 7233]];
    case 'the hub':
      return [[source(site, 'the hub'), 8081]];
    case "the hub's proxy":
      return [[source(site, "the hub's proxy"), 8000]];
    case "the proxy's API":
      return [[source(site, "the hub's proxy"), 8001]];
    case 'database':
      return [[{ address: '203.0.113.20' }, 5432]];
    case 'DNS':
      return [
        [DNS, 53],
        [DNS, 53, 'UDP'],
      ];
    case 'metadata service':
      return [[{ address: '169.254.169.254' }, 80]];
    case 'Kubernetes API':
      return [[{ address: '10.0.0.1' }, 6443]];
    case 'registries':
      return [[{ address: '203.0.113.9' }, 443]];
    default:
      throw new Error(`the tables have a column ${column} that this test does not know`);
  }
}

function source({ pods }: Site, row: string): Endpoint {
  const found = pods[HUB_PARTS[row] ?? ''] ?? OTHERS[row] ?? pods[PARTS[row] ?? ''];
  if (!found) throw new Error(`the tables have a row ${row} that this test does not know`);
  return found;
}

/** Whether a row reaches a column. @throws Error if it reaches a part of what the column means. */
export function reaches(site: Site, row: string, column: string): boolean {
  const from = source(site, row);
  const answers = new Set(
    targets(site, column).map(([to, port, protocol = 'TCP']) =>
      isAllowed(site.cluster, { from, to, port, protocol }),
    ),
  );
  if (answers.size !== 1) throw new Error(`${row} reaches a part of ${column}`);
  return answers.has(true);
}

/** The section on networks of the page on security, or another one. */
export function networkSection(title = 'Network'): string {
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, section = ''] = page.split(new RegExp(`^## ${title}$`, 'm'));
  return section.split(/^## /m)[0] ?? '';
}

/** The cells of a section's tables: row, column and text. */
export function cells(section = networkSection()): { row: string; column: string; text: string }[] {
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  let header: string[] = [];
  return lines.flatMap((line) => {
    const [row = '', ...texts] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (row.startsWith('From')) header = texts;
    if (row.startsWith('From') || row.startsWith('---')) return [];
    return texts.map((cell, index) => ({ row, column: header[index] ?? '', text: cell }));
  });
}

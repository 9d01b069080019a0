import { rmSync, writeFileSync } from 'node:fs';
import type { V1Container } from '@kubernetes/client-node';
import { findIsolation } from '../../stack/labs/isolation';
import { obeying, PodProcesses } from './pod-processes';
import type { Pod } from './pods';

let containers: PodProcesses;
let changesUsers: boolean;

beforeAll(async () => {
  containers = await PodProcesses.start();
  ({ changesUsers } = await findIsolation());
});

afterAll(() => containers.stop());

const PROBE = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };

/** Answers at the pod's address: well while a file of this name is there, else with 503. */
const server = (file: string): string =>
  `exec node -e 'require("http").createServer((_, answer) => {
    answer.writeHead(require("fs").existsSync("/out/${file}") ? 200 : 503).end();
  }).listen(8080, process.env.ADDRESS)'`;

const withServer = (more: Partial<V1Container>): Partial<V1Container> => ({
  ports: [{ name: 'http', containerPort: 8080 }],
  env: [{ name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
  ...more,
});

const statusOf = (pod: Pod | undefined) => pod?.status.containerStatuses[0];

const isReady = ({ status }: Pod): boolean =>
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

const isUnready = ({ status }: Pod): boolean => status.phase === 'Running' && !isReady({ status } as Pod);

const reasons = async (name: string): Promise<string[]> =>
  (await containers.pods.events(name)).map(({ reason }) => reason);

const give = (file: string): void => writeFileSync(containers.left(file), '');

const take = (file: string): void => rmSync(containers.left(file));

test('a pod is ready once its startup and readiness probes succeed, and not while the latter fails', async () => {
  const probes = { startupProbe: PROBE, readinessProbe: { ...PROBE, failureThreshold: 1 } };
  await containers.run('probed', server('probed'), { container: withServer(probes) });
  expect(statusOf(await containers.becomes('probed', isUnready))).toMatchObject({ ready: false });
  give('probed');
  expect(statusOf(await containers.becomes('probed', isReady))).toMatchObject({
    ready: true,
    restartCount: 0,
  });
  take('probed');
  await containers.becomes('probed', isUnready);
  expect(await reasons('probed')).toContain('Unhealthy');
  give('probed');
  await containers.becomes('probed', isReady);
});

test('a container with restart policy Always is started again, at first at once and then after a time', async () => {
  const script = `[ -e /out/again ] && exit 3; ${obeying(0)}`;
  await containers.run('again', script, { restartPolicy: 'Always' });
  await containers.isReady('again');
  containers.signal('again', 'SIGTERM');
  const restarted = await containers.becomes(
    'again',
    (pod) => statusOf(pod)?.restartCount === 1 && statusOf(pod)?.state.running !== undefined,
  );
  expect(restarted?.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [{ lastState: { terminated: { exitCode: 0, reason: 'Completed' } } }],
  });
  give('again');
  containers.signal('again', 'SIGKILL');
  const waiting = await containers.becomes(
    'again',
    (pod) => statusOf(pod)?.state.waiting?.reason === 'CrashLoopBackOff',
  );
  expect(waiting?.status.phase).toBe('Running');
  expect(isUnready(waiting as Pod)).toBe(true);
  expect(await reasons('again')).toContain('BackOff');
  await containers.pods.remove('again');
  await containers.becomesGone('again');
});

test('a container whose liveness probe fails is ended and started again', async () => {
  give('alive');
  const container = withServer({ livenessProbe: { ...PROBE, failureThreshold: 1 } });
  await containers.run('alive', server('alive'), {
    container,
    restartPolicy: 'Always',
    gracePeriodSeconds: 1,
  });
  await containers.becomes('alive', isReady);
  // The first question may come before the server listens.
  const before = statusOf(await containers.pods.read('alive'))?.restartCount ?? 0;
  take('alive');
  await containers.becomes('alive', (pod) => (statusOf(pod)?.restartCount ?? 0) > before);
  expect(await reasons('alive')).toContain('Unhealthy');
  await containers.pods.remove('alive');
  await containers.becomesGone('alive');
});

test('a container gets SIGTERM after its hook has slept, and both are within the grace period', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 1 } } };
  const script = `trap 'date +%s%N > /out/ended; exit 0' TERM; echo > /out/sleeper.ready; while :; do sleep 0.05; done`;
  await containers.run('sleeper', script, { container: { lifecycle } });
  await containers.lines('sleeper.ready');
  await containers.phaseBecomes('sleeper', 'Running');
  const deletedAt = Date.now();
  await containers.pods.remove('sleeper');
  await containers.becomesGone('sleeper');
  const [endedAt] = await containers.lines('ended');
  expect(Number(endedAt) / 1e6 - deletedAt).toBeGreaterThanOrEqual(1_000);
});

test('a pod reaches the API server with the token of its service account, which ends with the pod', async () => {
  await containers.put('serviceaccounts', { metadata: { name: 'asker' } });
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const ask = `
    const { readFileSync: read, writeFileSync: write } = require("fs");
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
    const headers = { authorization: "Bearer " + read("${folder}/token"), "content-type": "application/json" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const sent = require("https").request({ host, port, path, method: "POST", headers, ca: read("${folder}/ca.crt") });
    sent.on("response", (answer) => answer.on("data", (text) => write("/out/asker", text)));
    sent.end("{}");`;
  await containers.run('asker', `chmod 777 /out; node -e '${ask}'`, { serviceAccount: 'asker' });
  await containers.phaseBecomes('asker', 'Succeeded');
  const [answer = ''] = await containers.lines('asker');
  expect(JSON.parse(answer).status.userInfo).toMatchObject({
    username: `system:serviceaccount:${containers.pods.name}:asker`,
    extra: { 'authentication.kubernetes.io/pod-name': ['asker'] },
  });
});

test('files of volumes belong to the group of the pod, tokens to its user, and a read-only root is one', async () => {
  await containers.put('secrets', { metadata: { name: 'keys' }, stringData: { key: 'sesame' } });
  await containers.put('serviceaccounts', { metadata: { name: 'owner' } });
  const script =
    'exec > /out/owned/lines 2>&1; cat /opt/keys/key && echo; stat -c "%g %a" /opt/keys/key; ' +
    'stat -c "%u %a" -L /var/run/secrets/kubernetes.io/serviceaccount/token; ' +
    'touch /tmp/written || echo refused; touch /opt/own/file && echo written';
  await containers.run('owned', script, {
    podSecurity: { runAsUser: 1101, runAsGroup: 1101, fsGroup: 1102 },
    serviceAccount: 'owner',
    initContainers: [
      containers.init('open', 'owned', 'mkdir -m 777 /out/owned', { securityContext: { runAsUser: 0 } }),
    ],
    container: {
      securityContext: { readOnlyRootFilesystem: true },
      volumeMounts: [
        { name: 'keys', mountPath: '/opt/keys' },
        { name: 'own', mountPath: '/opt/own' },
      ],
    },
    volumes: [
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
      { name: 'own', emptyDir: {} },
    ],
  });
  await containers.phaseBecomes('owned', 'Succeeded');
  const lines = (await containers.lines('owned/lines')).filter((line) => !line.startsWith('touch:'));
  const seen = ['sesame', '1102 440', '1101 640', 'refused', 'written'];
  const whose = (all: readonly string[]) => all.filter((line) => !/^\d/.test(line));
  expect(changesUsers ? lines : whose(lines)).toEqual(changesUsers ? seen : whose(seen));
});

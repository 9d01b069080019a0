import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { AFTER_ANNOTATION, BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { findIsolation } from '../../stack/labs/isolation';
import { type OwnStack, startStack } from '../../stack/start';
import { isAlive } from '../../stack/state';
import { eventually } from '../support/eventually';
import { createPodNamespace, type Pod, type PodNamespace, type PodRequest } from './pods';

/** A folder of the simulated nodes, where containers leave what the tests look at. */
const OUT = { name: 'out', hostPath: { path: '/srv/out' } };

let stack: OwnStack;
let api: KubernetesApi;
let pods: PodNamespace;

beforeAll(async () => {
  stack = await startStack({ name: `labs-${randomBytes(4).toString('hex')}`, labs: true });
  api = kubernetesApi(stack.kubernetes.adminKubeconfig);
  pods = await createPodNamespace(api);
  await put('configmaps', { metadata: { name: 'settings' }, data: { COLOUR: 'red', SHAPE: 'round' } });
  await put('secrets', { metadata: { name: 'tokens' }, stringData: { token: 'sesame', other: 'x' } });
});

afterAll(async () => {
  api.close();
  await stack.stop();
  await rm(stack.directory, { recursive: true });
});

async function put(kind: string, object: object): Promise<void> {
  expect((await api.send('POST', `/api/v1/namespaces/${pods.name}/${kind}`, object)).status).toBe(201);
}

/** Runs a shell script as a pod's container. */
async function run(name: string, script: string, request: PodRequest = {}): Promise<void> {
  const { container, volumes = [] } = request;
  await pods.create(name, {
    ...request,
    annotations: { [BEHAVIOUR_ANNOTATION]: 'process', ...request.annotations },
    command: ['sh', '-c', script, markOf(name)],
    container: {
      ...container,
      volumeMounts: [{ name: 'out', mountPath: '/out' }, ...(container?.volumeMounts ?? [])],
    },
    volumes: [OUT, ...volumes],
  });
}

/** An init container of a pod that runs a shell script. */
const anInit = (name: string, pod: string, script: string, more: Partial<V1Container> = {}): V1Container => ({
  name,
  image: 'registry.example.com/init:1',
  command: ['sh', '-c', script, markOf(pod)],
  ...more,
  volumeMounts: [{ name: 'out', mountPath: '/out' }, ...(more.volumeMounts ?? [])],
});

const left = (file: string): string => join(stack.directory, 'nodes/srv/out', file);

async function lines(file: string): Promise<string[]> {
  await eventually(
    async () => existsSync(left(file)),
    (isThere) => isThere,
  );
  return readFileSync(left(file), 'utf8').trimEnd().split('\n');
}

function becomes(name: string, isReached: (pod: Pod) => boolean): Promise<Pod | undefined> {
  return eventually(
    () => pods.read(name),
    (pod) => pod !== undefined && isReached(pod),
  );
}

const phaseBecomes = (name: string, phase: string) => becomes(name, ({ status }) => status.phase === phase);

const becomesGone = (name: string) =>
  eventually(
    () => pods.read(name),
    (pod) => pod === undefined,
  );

const endOf = (pod: Pod | undefined) => pod?.status.containerStatuses[0]?.state.terminated;

const FOREVER = 'echo yes > "/out/$(basename "$0").ready"; while :; do sleep 0.05; done';

/** A script that runs until it is told to end. */
const obeying = (exitCode: number) => `trap 'exit ${exitCode}' TERM; ${FOREVER}`;
const DEAF = `trap '' TERM; ${FOREVER}`;

/** Waits until the script has come to its loop. */
async function isReady(name: string): Promise<void> {
  await phaseBecomes(name, 'Running');
  await lines(`${name}.ready`);
}

const markOf = (name: string): string => `${pods.name}/${name}`;

/** The processes of a pod's container, as this machine sees them. */
function processesOf(name: string): number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(markOf(name));
    } catch {
      return false;
    }
  });
}

const untilGone = (name: string) =>
  eventually(
    async () => processesOf(name),
    (pids) => pids.length === 0,
  );

describe('a container', () => {
  test('has the environment that a kubelet would give it', async () => {
    await run('environment', 'env > /out/env.new; echo "$1" > /out/word; mv /out/env.new /out/env', {
      container: {
        args: ['$(COLOUR) $$(COLOUR) $(NOTHING)'],
        resources: { limits: { cpu: '1500m', memory: '3Gi' } },
        envFrom: [
          { configMapRef: { name: 'settings' } },
          { prefix: 'MY_', secretRef: { name: 'tokens' } },
          { configMapRef: { name: 'absent', optional: true } },
        ],
        env: [
          { name: 'SHAPE', value: 'square' },
          { name: 'BOTH', value: '$(COLOUR) $(SHAPE) $(LATER) $$(COLOUR)' },
          { name: 'LATER', value: 'late' },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'tokens', key: 'token' } } },
          { name: 'ABSENT', valueFrom: { secretKeyRef: { name: 'tokens', key: 'no', optional: true } } },
          { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'MIB', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        ],
      },
    });
    const pod = await phaseBecomes('environment', 'Succeeded');
    const environment = await lines('env');

    expect(environment).toEqual(
      expect.arrayContaining([
        'COLOUR=red',
        'SHAPE=square',
        'MY_token=sesame',
        'BOTH=red square $(LATER) $(COLOUR)',
        'TOKEN=sesame',
        'NODE=node-1',
        `ADDRESS=${pod?.status.podIP}`,
        'CPUS=2',
        'MIB=3072',
      ]),
    );
    expect(environment.filter((line) => line.startsWith('ABSENT='))).toEqual([]);
    expect(await lines('word')).toEqual(['red $(COLOUR) $(NOTHING)']);
  });

  test('finds its files where they are mounted, and nobody else does', async () => {
    const look =
      'cd /; stat -c "%n %a" /opt/site/deep/colour /opt/site/keys/token /opt/site/keys/other > /out/modes; ' +
      'cat /opt/site/deep/colour /opt/site/keys/token /opt/site/pod/labels > /out/contents; ' +
      'echo hello > /opt/site/scratch/part/file; echo no > /opt/site/keys/new || echo refused > /out/refusal; ' +
      'ls /opt/site/scratch/part > /out/scratch';
    await run('files', look, {
      container: {
        volumeMounts: [
          { name: 'settings', mountPath: '/opt/site/deep/colour', subPath: 'paint/colour', readOnly: true },
          { name: 'tokens', mountPath: '/opt/site/keys', readOnly: true },
          { name: 'pod', mountPath: '/opt/site/pod' },
          { name: 'scratch', mountPath: '/opt/site/scratch/part', subPath: 'part' },
        ],
      },
      volumes: [
        {
          name: 'settings',
          configMap: { name: 'settings', items: [{ key: 'COLOUR', path: 'paint/colour' }] },
        },
        {
          name: 'tokens',
          secret: {
            secretName: 'tokens',
            defaultMode: 0o400,
            items: [
              { key: 'token', path: 'token' },
              { key: 'other', path: 'other', mode: 0o440 },
            ],
          },
        },
        {
          name: 'pod',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.name' } }] },
        },
        { name: 'scratch', emptyDir: {} },
      ],
    });
    await phaseBecomes('files', 'Succeeded');

    expect(await lines('modes')).toEqual([
      '/opt/site/deep/colour 644',
      '/opt/site/keys/token 400',
      '/opt/site/keys/other 440',
    ]);
    expect(await lines('contents')).toEqual(['redsesamefiles']);
    expect(await lines('scratch')).toEqual(['file']);
    expect(await lines('refusal')).toEqual(['refused']);
    expect(existsSync('/opt/site')).toBe(false);
  });

  test('waits for a secret that it needs, saying so, and starts once it is there', async () => {
    await run('patient', 'echo "$LATE" > /out/late', {
      container: { envFrom: [{ secretRef: { name: 'late' } }] },
    });
    const reasonOf = ({ status }: Pod) => status.containerStatuses[0]?.state.waiting?.reason;
    await becomes('patient', (pod) => reasonOf(pod) === 'CreateContainerConfigError');
    expect(await pods.events('patient')).toContainEqual(
      expect.objectContaining({ type: 'Warning', message: 'Error: secret "late" not found' }),
    );

    await put('secrets', { metadata: { name: 'late' }, stringData: { LATE: 'at last' } });
    await phaseBecomes('patient', 'Succeeded');
    expect(await lines('late')).toEqual(['at last']);
  });
});

describe('init containers', () => {
  const initEnds = (pod: Pod | undefined) =>
    pod?.status.initContainerStatuses.map(({ state }) => state.terminated?.exitCode);

  test('run one after the other before the main container, with what is theirs, and hand files to it', async () => {
    const SHARED = { name: 'shared', mountPath: '/opt/shared' };
    const tell = (line: string) => `echo "${line}" >> /opt/shared/lines`;
    await run('orderly', `${tell('main $STEP $PWD')}; cp /opt/shared/lines /out/orderly`, {
      container: { volumeMounts: [SHARED], workingDir: '/opt/work' },
      initContainers: [
        anInit('first', 'orderly', `sleep 0.2; ${tell('first $STEP $PWD')}`, {
          env: [{ name: 'STEP', value: '$(COLOUR)' }],
          envFrom: [{ configMapRef: { name: 'settings' } }],
          volumeMounts: [SHARED],
        }),
        { name: 'from-image', image: 'registry.example.com/init:1' },
        anInit('second', 'orderly', 'echo "second $STEP $PWD" >> lines', {
          workingDir: '/opt/there',
          volumeMounts: [{ name: 'shared', mountPath: '/opt/there' }],
        }),
      ],
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    const pod = await phaseBecomes('orderly', 'Succeeded');

    expect(await lines('orderly')).toEqual(['first red /', 'second  /opt/there', 'main  /opt/work']);
    expect(initEnds(pod)).toEqual([0, 0, 0]);
    expect(pod?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Initialized', status: 'True' }),
    );
    const events = await pods.events('orderly');
    const about = (path: string) =>
      events.filter(({ involvedObject }) => involvedObject.fieldPath === path).map(({ reason }) => reason);
    expect(about('spec.initContainers{first}').toSorted()).toEqual(['Created', 'Pulled', 'Started']);
    expect(about('spec.containers{notebook}').toSorted()).toEqual([
      'Created',
      'Pulled',
      'Pulling',
      'Started',
    ]);
  });

  test('keep the main container waiting, whose image is pulled after them', async () => {
    const init = anInit('waits', 'kept', `trap 'exit 0' TERM; ${FOREVER}`);
    const annotations = { [AFTER_ANNOTATION]: '300ms' };
    await run('kept', 'exit 0', { annotations, initContainers: [init] });
    await lines('kept.ready');
    const waiting = await becomes('kept', ({ status }) =>
      Boolean(status.initContainerStatuses[0]?.state.running),
    );

    expect(waiting?.status).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    expect((await pods.events('kept')).map(({ reason }) => reason)).not.toContain('Pulling');
    process.kill(processesOf('kept').at(-1) ?? 0, 'SIGTERM');
    await phaseBecomes('kept', 'Succeeded');
  });

  test.each([
    ['Never', 'Failed'],
    ['OnFailure', 'Pending'],
  ] as const)('that fail in a pod with restart policy %s leave it %s', async (restartPolicy, phase) => {
    const name = `failing-${phase.toLowerCase()}`;
    await run(name, `touch /out/${name}`, {
      restartPolicy,
      initContainers: [
        anInit('good', name, 'exit 0'),
        anInit('bad', name, 'exit 3'),
        anInit('later', name, `touch /out/${name}`),
      ],
    });
    const pod = await becomes(name, (pod) => initEnds(pod)?.[1] !== undefined);

    expect(pod?.status).toMatchObject({
      phase,
      initContainerStatuses: [
        { ready: true },
        { ready: false, state: { terminated: { exitCode: 3, reason: 'Error' } } },
        { state: { waiting: { reason: 'PodInitializing' } } },
      ],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    expect(existsSync(left(name))).toBe(false);
    await pods.remove(name);
    await becomesGone(name);
  });

  test('wait for what they need, saying so', async () => {
    const init = anInit('needy', 'needy', 'exit 0', { envFrom: [{ secretRef: { name: 'later' } }] });
    await run('needy', 'exit 0', { initContainers: [init] });
    const reasonOf = ({ status }: Pod) => status.initContainerStatuses[0]?.state.waiting?.reason;
    await becomes('needy', (pod) => reasonOf(pod) === 'CreateContainerConfigError');

    await put('secrets', { metadata: { name: 'later' }, stringData: { LATER: 'yes' } });
    expect(initEnds(await phaseBecomes('needy', 'Succeeded'))).toEqual([0]);
  });

  test.each([
    ['obeys', 'exit 7', 30],
    ['is deaf', '', 1],
  ])('end with their pod when it is deleted, if one %s or not', async (manner, onTerm, grace) => {
    const name = `init-${manner.replace(' ', '-')}`;
    const init = anInit('endless', name, `trap '${onTerm}' TERM; ${FOREVER}`);
    await run(name, `touch /out/${name}`, { gracePeriodSeconds: grace, initContainers: [init] });
    await lines(`${name}.ready`);
    await pods.remove(name);

    await becomesGone(name);
    expect(processesOf(name)).toEqual([]);
    expect(existsSync(left(name))).toBe(false);
  });

  test('run as the user and the groups that the pod names, as does the main container', async () => {
    const { changesUsers } = await findIsolation();
    const identity = (who: string) => `echo "${who} $(id -u):$(id -g) $(id -G)" >> /opt/shared/users`;
    const volumeMounts = [{ name: 'shared', mountPath: '/opt/shared' }];
    const securityContext = { runAsUser: 1101, runAsGroup: 1102 };
    await run('users', `${identity('main')}; cat /opt/shared/users > /out/users`, {
      container: { securityContext, volumeMounts },
      initContainers: [
        anInit('root', 'users', `chmod 777 /out; ${identity('root')}; chmod 666 /opt/shared/users`, {
          securityContext: { runAsUser: 0 },
          volumeMounts,
        }),
        anInit('user', 'users', identity('user'), { securityContext, volumeMounts }),
      ],
      podSecurity: { supplementalGroups: [1103] },
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    await phaseBecomes('users', 'Succeeded');

    const seen = await lines('users');
    const users = ['root 0:0 0 1103', 'user 1101:1102 1102 1103', 'main 1101:1102 1102 1103'];
    const names = (all: readonly string[]) => all.map((line) => line.split(' ')[0]);
    expect(changesUsers ? seen : names(seen)).toEqual(changesUsers ? users : names(users));
  });
});

describe('a container that ends', () => {
  test.each([
    ['exit 0', 'Succeeded', 0, 'Completed'],
    ['exit 3', 'Failed', 3, 'Error'],
    ['exec /no/such/program', 'Failed', 127, 'Error'],
  ])('with "%s" has its exit code in a pod that has %s', async (script, phase, exitCode, reason) => {
    const name = `exit-${exitCode}`;
    await run(name, script);

    expect(endOf(await phaseBecomes(name, phase))).toEqual(expect.objectContaining({ exitCode, reason }));
  });

  test('by a signal from outside has an exit code that tells the signal', async () => {
    await run('shot', obeying(0));
    await isReady('shot');
    // The last of them is the container's own; those before only wait for it.
    process.kill(processesOf('shot').at(-1) ?? 0, 'SIGKILL');

    expect(endOf(await phaseBecomes('shot', 'Failed'))).toMatchObject({ exitCode: 137, reason: 'Error' });
    await untilGone('shot');
  });
});

describe('a pod that is deleted', () => {
  /** The ends of its container that are seen until the pod is gone. */
  async function endsUntilGone(name: string): Promise<unknown[]> {
    const path = `/api/v1/namespaces/${pods.name}/pods?watch=true&fieldSelector=metadata.name%3D${name}`;
    const ends: unknown[] = [];
    for await (const event of api.watch(path)) {
      const { object, type } = event as { type: string; object: V1Pod };
      if (type === 'DELETED') break;
      ends.push(object.status?.containerStatuses?.[0]?.state?.terminated);
    }
    return ends.filter((end) => end !== undefined);
  }

  test.each([
    ['obeys', obeying(7), 30, 7],
    ['is deaf', DEAF, 1, 137],
  ])('and %s is told to end, and killed after its grace period', async (manner, script, grace, exitCode) => {
    const name = manner.replace(' ', '-');
    await run(name, script, { gracePeriodSeconds: grace });
    await isReady(name);
    const ends = endsUntilGone(name);
    await pods.remove(name);

    expect(await ends).toContainEqual(expect.objectContaining({ exitCode, reason: 'Error' }));
    expect(processesOf(name)).toEqual([]);
    expect((await pods.events(name)).map(({ reason }) => reason)).toContain('Killing');
  });

  test('by force is killed', async () => {
    await run('forced', DEAF);
    await isReady('forced');
    await api.send('DELETE', `/api/v1/namespaces/${pods.name}/pods/forced?gracePeriodSeconds=0`);

    await untilGone('forced');
    expect(await pods.read('forced')).toBeUndefined();
  });

  test('before its container could start goes too', async () => {
    await run('early', DEAF, { container: { envFrom: [{ secretRef: { name: 'never' } }] } });
    await becomes('early', ({ status }) => status.containerStatuses.length > 0);
    await pods.remove('early');

    const left = await eventually(
      () => pods.read('early'),
      (pod) => pod === undefined,
    );
    expect(left).toBeUndefined();
  });
});

describe('behaviours of running pods', () => {
  test.each([
    ['oom-killed', 'OOMKilled'],
    ['evicted', 'Error'],
  ] as const)('%s kills the process, and the status says so', async (behaviour, reason) => {
    await run(behaviour, DEAF);
    await isReady(behaviour);
    await pods.annotate(behaviour, { [BEHAVIOUR_ANNOTATION]: behaviour });

    const pod = await phaseBecomes(behaviour, 'Failed');
    await untilGone(behaviour);
    expect(endOf(pod)).toMatchObject({ exitCode: 137, reason });
    expect(endOf(await pods.read(behaviour))).toMatchObject({ exitCode: 137, reason });
  });

  test('a restart in place is a new process in the same pod', async () => {
    await run('again', `echo started >> /out/starts; ${DEAF}`);
    await isReady('again');
    const before = processesOf('again');
    await pods.annotate('again', { [BEHAVIOUR_ANNOTATION]: 'oom-restarted' });

    await eventually(
      () => lines('starts'),
      (starts) => starts.length === 2,
    );
    expect(before.filter(isAlive)).toEqual([]);
    expect((await pods.read('again'))?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ restartCount: 1 }],
    });
  });
});

test('containers stay while the API server is away, and what became of them is told afterwards', async () => {
  await run('apart', obeying(5));
  await isReady('apart');
  await stack.kill('kube-apiserver');
  process.kill(processesOf('apart').at(-1) ?? 0, 'SIGTERM');
  await untilGone('apart');
  await stack.revive('kube-apiserver');
  const answers = async () => (await api.send('GET', '/readyz').catch(() => null))?.status;
  await eventually(answers, (status) => status === 200);

  expect(endOf(await phaseBecomes('apart', 'Failed'))).toMatchObject({ exitCode: 5 });
});

test('containers do not outlive what runs them, which then knows no more of them', async () => {
  // One of another user than what runs it, where that can be.
  await run('orphan', DEAF, {
    container: { securityContext: { runAsUser: 1101 } },
    initContainers: [anInit('open', 'orphan', 'chmod 777 /out')],
  });
  await isReady('orphan');
  await stack.kill('labs');
  await untilGone('orphan');
  await stack.revive('labs');

  expect(endOf(await phaseBecomes('orphan', 'Failed'))).toMatchObject({
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
  });
});

test('an init container that ended with what runs it is run again, and the pod goes on', async () => {
  const script = `[ -e /out/second ] && exit 0; touch /out/second; ${DEAF}`;
  await run('resumed', 'exit 0', {
    initContainers: [anInit('once', 'resumed', 'echo once >> /out/once'), anInit('twice', 'resumed', script)],
  });
  await becomes('resumed', ({ status }) => Boolean(status.initContainerStatuses[1]?.state.running));
  await lines('resumed.ready');
  await stack.kill('labs');
  await untilGone('resumed');
  await stack.revive('labs');

  const pod = await phaseBecomes('resumed', 'Succeeded');
  expect(pod?.status.initContainerStatuses.map(({ restartCount }) => restartCount)).toEqual([0, 1]);
  expect(await lines('once')).toEqual(['once']);
});

test('nothing stays of a stack that has ended', async () => {
  await run('last', DEAF);
  await isReady('last');
  await stack.stop();

  await untilGone('last');
  expect(readdirSync(stack.directory)).toEqual(['logs']);
});

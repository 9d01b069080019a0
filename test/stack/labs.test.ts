import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { V1Pod } from '@kubernetes/client-node';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { isAlive } from '../../stack/state';
import { eventually } from '../support/eventually';
import { DEAF, endOf, obeying, PodProcesses } from './pod-processes';
import type { Pod } from './pods';

let containers: PodProcesses;

beforeAll(async () => {
  containers = await PodProcesses.start();
  await containers.put('secrets', {
    metadata: { name: 'tokens' },
    stringData: { token: 'sesame', other: 'x' },
  });
});

afterAll(() => containers.stop());

describe('a container', () => {
  test('a container has the environment that a kubelet would give it', async () => {
    await containers.run(
      'environment',
      'env > /out/env.new; echo "$1" > /out/word; mv /out/env.new /out/env',
      {
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
      },
    );
    const pod = await containers.phaseBecomes('environment', 'Succeeded');
    const environment = await containers.lines('env');

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
    expect(await containers.lines('word')).toEqual(['red $(COLOUR) $(NOTHING)']);
  });

  test('a container finds its files where they are mounted, and no other process does', async () => {
    const look =
      'cd /; stat -c "%n %a" /opt/site/deep/colour /opt/site/keys/token /opt/site/keys/other > /out/modes; ' +
      'cat /opt/site/deep/colour /opt/site/keys/token /opt/site/pod/labels > /out/contents; ' +
      'echo hello > /opt/site/scratch/part/file; echo no > /opt/site/keys/new || echo refused > /out/refusal; ' +
      'ls /opt/site/scratch/part > /out/scratch';
    await containers.run('files', look, {
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
    await containers.phaseBecomes('files', 'Succeeded');

    expect(await containers.lines('modes')).toEqual([
      '/opt/site/deep/colour 644',
      '/opt/site/keys/token 400',
      '/opt/site/keys/other 440',
    ]);
    expect(await containers.lines('contents')).toEqual(['redsesamefiles']);
    expect(await containers.lines('scratch')).toEqual(['file']);
    expect(await containers.lines('refusal')).toEqual(['refused']);
    expect(existsSync('/opt/site')).toBe(false);
  });

  test('a container waits for a secret that it needs, saying so, and starts once it is there', async () => {
    await containers.run('patient', 'echo "$LATE" > /out/late', {
      container: { envFrom: [{ secretRef: { name: 'late' } }] },
    });
    const reasonOf = ({ status }: Pod) => status.containerStatuses[0]?.state.waiting?.reason;
    await containers.becomes('patient', (pod) => reasonOf(pod) === 'CreateContainerConfigError');
    expect(await containers.pods.events('patient')).toContainEqual(
      expect.objectContaining({ type: 'Warning', message: 'Error: secret "late" not found' }),
    );

    await containers.put('secrets', { metadata: { name: 'late' }, stringData: { LATE: 'at last' } });
    await containers.phaseBecomes('patient', 'Succeeded');
    expect(await containers.lines('late')).toEqual(['at last']);
  });
});

describe('a container that ends', () => {
  test.each([
    ['exit 0', 'Succeeded', 0, 'Completed'],
    ['exit 3', 'Failed', 3, 'Error'],
    ['exec /no/such/program', 'Failed', 127, 'Error'],
  ])(
    'a container that ends with "%s" has its exit code in a pod that has %s',
    async (script, phase, exitCode, reason) => {
      const name = `exit-${exitCode}`;
      await containers.run(name, script);

      expect(endOf(await containers.phaseBecomes(name, phase))).toEqual(
        expect.objectContaining({ exitCode, reason }),
      );
    },
  );

  test('a container that ends by a signal from outside has the exit code of the signal', async () => {
    await containers.run('shot', obeying(0));
    await containers.isReady('shot');
    containers.signal('shot', 'SIGKILL');

    expect(endOf(await containers.phaseBecomes('shot', 'Failed'))).toMatchObject({
      exitCode: 137,
      reason: 'Error',
    });
    await containers.untilEnded('shot');
  });
});

describe('a pod that is deleted', () => {
  /** The ends of its container that are seen until the pod is gone. */
  async function endsUntilGone(name: string): Promise<unknown[]> {
    const path = `/api/v1/namespaces/${containers.pods.name}/pods?watch=true&fieldSelector=metadata.name%3D${name}`;
    const ends: unknown[] = [];
    for await (const event of containers.api.watch(path)) {
      const { object, type } = event as { type: string; object: V1Pod };
      if (type === 'DELETED') break;
      ends.push(object.status?.containerStatuses?.[0]?.state?.terminated);
    }
    return ends.filter((end) => end !== undefined);
  }

  test.each([
    ['obeys', obeying(7), 30, 7],
    ['is deaf', DEAF, 1, 137],
  ])(
    'a pod that is deleted and %s is told to end, and killed after its grace period',
    async (manner, script, grace, exitCode) => {
      const name = manner.replace(' ', '-');
      await containers.run(name, script, { gracePeriodSeconds: grace });
      await containers.isReady(name);
      const ends = endsUntilGone(name);
      await containers.pods.remove(name);

      expect(await ends).toContainEqual(expect.objectContaining({ exitCode, reason: 'Error' }));
      expect(containers.processesOf(name)).toEqual([]);
      expect((await containers.pods.events(name)).map(({ reason }) => reason)).toContain('Killing');
    },
  );

  test('a pod that is deleted by force is killed', async () => {
    await containers.run('forced', DEAF);
    await containers.isReady('forced');
    await containers.api.send(
      'DELETE',
      `/api/v1/namespaces/${containers.pods.name}/pods/forced?gracePeriodSeconds=0`,
    );

    await containers.untilEnded('forced');
    expect(await containers.pods.read('forced')).toBeUndefined();
  });

  test('a pod that is deleted before its container could start goes too', async () => {
    await containers.run('early', DEAF, { container: { envFrom: [{ secretRef: { name: 'never' } }] } });
    await containers.becomes('early', ({ status }) => status.containerStatuses.length > 0);
    await containers.pods.remove('early');

    await containers.becomesGone('early');
    expect(containers.processesOf('early')).toEqual([]);
  });
});

describe('behaviours of running pods', () => {
  test.each([
    ['oom-killed', 'OOMKilled'],
    ['evicted', 'Error'],
  ] as const)('the behaviour %s kills the process, and the status says so', async (behaviour, reason) => {
    await containers.run(behaviour, DEAF);
    await containers.isReady(behaviour);
    await containers.pods.annotate(behaviour, { [BEHAVIOUR_ANNOTATION]: behaviour });

    const pod = await containers.phaseBecomes(behaviour, 'Failed');
    await containers.untilEnded(behaviour);
    expect(endOf(pod)).toMatchObject({ exitCode: 137, reason });
    expect(endOf(await containers.pods.read(behaviour))).toMatchObject({ exitCode: 137, reason });
  });

  test('a restart in place is a new process in the same pod', async () => {
    await containers.run('again', `echo started >> /out/starts; ${DEAF}`);
    await containers.isReady('again');
    const before = containers.processesOf('again');
    await containers.pods.annotate('again', { [BEHAVIOUR_ANNOTATION]: 'oom-restarted' });

    await eventually(
      () => containers.lines('starts'),
      (starts) => starts.length === 2,
    );
    expect(before.filter(isAlive)).toEqual([]);
    expect((await containers.pods.read('again'))?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ restartCount: 1 }],
    });
  });
});

describe('a file server', () => {
  const WORBLEHAT = ['/usr/local/bin/worblehat'];
  const volumes = [{ name: 'out', hostPath: { path: '/srv/out' } }];
  const annotations = { [BEHAVIOUR_ANNOTATION]: 'process' };

  const variables = (timeout: string) =>
    Object.entries({ DIR: '/mnt', BASE_HREF: '/files/rachel', TIMEOUT: timeout }).map(([name, value]) => ({
      name: `WORBLEHAT_${name}`,
      value,
    }));

  const create = (name: string, timeout: string) =>
    containers.pods.create(name, {
      annotations,
      command: WORBLEHAT,
      container: { env: variables(timeout), volumeMounts: [{ name: 'out', mountPath: '/mnt/home' }] },
      volumes,
    });

  test('is that of this checkout, at the address of its pod, and ends when it is not used', async () => {
    await Promise.all([create('files-a', '3'), create('files-b', '60')]);
    const addresses = await Promise.all(
      ['files-a', 'files-b'].map(
        async (name) => (await containers.phaseBecomes(name, 'Running'))?.status.podIP,
      ),
    );
    for (const address of addresses) {
      const base = `http://${address}:8000/files/rachel`;
      const put = () =>
        fetch(`${base}/home/${address}.txt`, { method: 'PUT', body: 'kept' }).catch(() => null);
      const { status } = (await eventually(put, (answer) => answer !== null)) ?? {};
      expect(status).toBe(201);
    }
    expect(readFileSync(containers.left(`${addresses[0]}.txt`), 'utf8')).toBe('kept');
    expect(endOf(await containers.phaseBecomes('files-a', 'Succeeded'))?.exitCode).toBe(0);
    await containers.pods.remove('files-b');
    await containers.becomesGone('files-b');
  });
});

test('containers stay while the API server is unavailable, and their state is reported afterwards', async () => {
  await containers.run('apart', obeying(5));
  await containers.isReady('apart');
  await containers.stack.kill('kube-apiserver');
  containers.signal('apart', 'SIGTERM');
  await containers.untilEnded('apart');
  await containers.stack.revive('kube-apiserver');
  const answers = async () => (await containers.api.send('GET', '/readyz').catch(() => null))?.status;
  await eventually(answers, (status) => status === 200);

  expect(endOf(await containers.phaseBecomes('apart', 'Failed'))).toMatchObject({ exitCode: 5 });
});

test('containers do not outlive their runtime, which then has none of them', async () => {
  // One of another user than what runs it, where that can be.
  await containers.run('orphan', DEAF, {
    container: { securityContext: { runAsUser: 1101 } },
    initContainers: [containers.init('open', 'orphan', 'chmod 777 /out')],
  });
  await containers.isReady('orphan');
  await containers.stack.kill('labs');
  await containers.untilEnded('orphan');
  await containers.stack.revive('labs');

  expect(endOf(await containers.phaseBecomes('orphan', 'Failed'))).toMatchObject({
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
  });
});

test('nothing stays of a stack that has ended', async () => {
  await containers.run('last', DEAF);
  await containers.isReady('last');
  await containers.stack.stop();

  await containers.untilEnded('last');
  expect(readdirSync(containers.stack.directory)).toEqual(['logs']);
});

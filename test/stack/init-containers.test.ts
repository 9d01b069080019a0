import { existsSync } from 'node:fs';
import { AFTER_ANNOTATION } from '../../stack/kubelet/behaviours';
import { findIsolation } from '../../stack/labs/isolation';
import { DEAF, FOREVER, PodProcesses } from './pod-processes';
import type { Pod } from './pods';

let containers: PodProcesses;

beforeAll(async () => {
  containers = await PodProcesses.start();
});

afterAll(() => containers.stop());

describe('init containers', () => {
  const initEnds = (pod: Pod | undefined) =>
    pod?.status.initContainerStatuses.map(({ state }) => state.terminated?.exitCode);

  test('init containers run one after the other before the main container, with what is theirs, and hand files to it', async () => {
    const SHARED = { name: 'shared', mountPath: '/opt/shared' };
    const tell = (line: string) => `echo "${line}" >> /opt/shared/lines`;
    await containers.run('orderly', `${tell('main $STEP $PWD')}; cp /opt/shared/lines /out/orderly`, {
      container: { volumeMounts: [SHARED], workingDir: '/opt/work' },
      initContainers: [
        containers.init('first', 'orderly', `sleep 0.2; ${tell('first $STEP $PWD')}`, {
          env: [{ name: 'STEP', value: '$(COLOUR)' }],
          envFrom: [{ configMapRef: { name: 'settings' } }],
          volumeMounts: [SHARED],
        }),
        { name: 'from-image', image: 'registry.example.com/init:1' },
        containers.init('second', 'orderly', 'echo "second $STEP $PWD" >> lines', {
          workingDir: '/opt/there',
          volumeMounts: [{ name: 'shared', mountPath: '/opt/there' }],
        }),
      ],
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    const pod = await containers.phaseBecomes('orderly', 'Succeeded');

    expect(await containers.lines('orderly')).toEqual([
      'first red /',
      'second  /opt/there',
      'main  /opt/work',
    ]);
    expect(initEnds(pod)).toEqual([0, 0, 0]);
    expect(pod?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Initialized', status: 'True' }),
    );
    const events = await containers.pods.events('orderly');
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

  test('init containers keep the main container waiting, whose image is pulled after them', async () => {
    const init = containers.init('waits', 'kept', `trap 'exit 0' TERM; ${FOREVER}`);
    const annotations = { [AFTER_ANNOTATION]: '300ms' };
    await containers.run('kept', 'exit 0', { annotations, initContainers: [init] });
    await containers.lines('kept.ready');
    const waiting = await containers.becomes('kept', ({ status }) =>
      Boolean(status.initContainerStatuses[0]?.state.running),
    );

    expect(waiting?.status).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    expect((await containers.pods.events('kept')).map(({ reason }) => reason)).not.toContain('Pulling');
    containers.signal('kept', 'SIGTERM');
    await containers.phaseBecomes('kept', 'Succeeded');
  });

  test.each([
    ['Never', 'Failed'],
    ['OnFailure', 'Pending'],
  ] as const)(
    'init containers that fail in a pod with restart policy %s leave it %s',
    async (restartPolicy, phase) => {
      const name = `failing-${phase.toLowerCase()}`;
      await containers.run(name, `touch /out/${name}`, {
        restartPolicy,
        initContainers: [
          containers.init('good', name, 'exit 0'),
          containers.init('bad', name, 'exit 3'),
          containers.init('later', name, `touch /out/${name}`),
        ],
      });
      const pod = await containers.becomes(name, (pod) => initEnds(pod)?.[1] !== undefined);

      expect(pod?.status).toMatchObject({
        phase,
        initContainerStatuses: [
          { ready: true },
          { ready: false, state: { terminated: { exitCode: 3, reason: 'Error' } } },
          { state: { waiting: { reason: 'PodInitializing' } } },
        ],
        containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
      });
      expect(existsSync(containers.left(name))).toBe(false);
      await containers.pods.remove(name);
      await containers.becomesGone(name);
    },
  );

  test.each([0, 28])(
    'init containers that end with exit code %i leave their termination message in the status',
    async (exitCode) => {
      const name = `telling-${exitCode}`;
      const user = { securityContext: { runAsUser: 1101, runAsGroup: 1102 } };
      const script = `printf '{"free": %s}' 12 > /dev/termination-log; exit ${exitCode}`;
      await containers.run(name, 'exit 0', {
        initContainers: [
          containers.init('teller', name, script, user),
          containers.init('mute', name, 'exit 0'),
        ],
      });
      const pod = await containers.becomes(name, (pod) => initEnds(pod)?.[0] !== undefined);

      expect(pod?.status.initContainerStatuses[0]?.state.terminated).toMatchObject({
        exitCode,
        message: '{"free": 12}',
      });
      expect(pod?.status.initContainerStatuses[1]?.state.terminated?.message).toBeUndefined();
    },
  );

  test('init containers wait for what they need, saying so', async () => {
    const init = containers.init('needy', 'needy', 'exit 0', { envFrom: [{ secretRef: { name: 'later' } }] });
    await containers.run('needy', 'exit 0', { initContainers: [init] });
    const reasonOf = ({ status }: Pod) => status.initContainerStatuses[0]?.state.waiting?.reason;
    await containers.becomes('needy', (pod) => reasonOf(pod) === 'CreateContainerConfigError');

    await containers.put('secrets', { metadata: { name: 'later' }, stringData: { LATER: 'yes' } });
    expect(initEnds(await containers.phaseBecomes('needy', 'Succeeded'))).toEqual([0]);
  });

  test.each([
    ['obeys', 'exit 7', 30],
    ['is deaf', '', 1],
  ])(
    'init containers end with their pod when it is deleted, if one %s or not',
    async (manner, onTerm, grace) => {
      const name = `init-${manner.replace(' ', '-')}`;
      const init = containers.init('endless', name, `trap '${onTerm}' TERM; ${FOREVER}`);
      await containers.run(name, `touch /out/${name}`, { gracePeriodSeconds: grace, initContainers: [init] });
      await containers.lines(`${name}.ready`);
      await containers.pods.remove(name);

      await containers.becomesGone(name);
      expect(containers.processesOf(name)).toEqual([]);
      expect(existsSync(containers.left(name))).toBe(false);
    },
  );

  test('init containers run as the user and the groups that the pod names, as does the main container', async () => {
    const { changesUsers } = await findIsolation();
    const identity = (who: string) => `echo "${who} $(id -u):$(id -g) $(id -G)" >> /opt/shared/users`;
    const volumeMounts = [{ name: 'shared', mountPath: '/opt/shared' }];
    const securityContext = { runAsUser: 1101, runAsGroup: 1102 };
    await containers.run('users', `${identity('main')}; cat /opt/shared/users > /out/users`, {
      container: { securityContext, volumeMounts },
      initContainers: [
        containers.init('root', 'users', `chmod 777 /out; ${identity('root')}; chmod 666 /opt/shared/users`, {
          securityContext: { runAsUser: 0 },
          volumeMounts,
        }),
        containers.init('user', 'users', identity('user'), { securityContext, volumeMounts }),
      ],
      podSecurity: { supplementalGroups: [1103] },
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    await containers.phaseBecomes('users', 'Succeeded');

    const seen = await containers.lines('users');
    const users = ['root 0:0 0 1103', 'user 1101:1102 1102 1103', 'main 1101:1102 1102 1103'];
    const names = (all: readonly string[]) => all.map((line) => line.split(' ')[0]);
    expect(changesUsers ? seen : names(seen)).toEqual(changesUsers ? users : names(users));
  });
});

test('an init container that ended with what runs it is run again, and the pod goes on', async () => {
  const script = `[ -e /out/second ] && exit 0; touch /out/second; ${DEAF}`;
  await containers.run('resumed', 'exit 0', {
    initContainers: [
      containers.init('once', 'resumed', 'echo once >> /out/once'),
      containers.init('twice', 'resumed', script),
    ],
  });
  await containers.becomes('resumed', ({ status }) =>
    Boolean(status.initContainerStatuses[1]?.state.running),
  );
  await containers.lines('resumed.ready');
  await containers.stack.kill('labs');
  await containers.untilEnded('resumed');
  await containers.stack.revive('labs');

  const pod = await containers.phaseBecomes('resumed', 'Succeeded');
  expect(pod?.status.initContainerStatuses.map(({ restartCount }) => restartCount)).toEqual([0, 1]);
  expect(await containers.lines('once')).toEqual(['once']);
});

import type { V1Pod } from '@kubernetes/client-node';
import { pendingRecord } from '../../src/domain/lab';
import { environmentConfigMapName } from '../../src/domain/lab-key';
import { labObjects } from '../../src/objects/lab/objects';
import { type FoundLab, type RecoveryContext, recoverLab } from '../../src/objects/reading/recovery';
import { CASES, inputOf } from './cases';
import { aReferenceLab, REFERENCE_IMAGE } from './reference-lab';

const OPERATION = { id: 'adoption-1', kind: 'spawn', isAdopted: true } as const;
const SINCE = '2077-10-23T09:47:00.000Z';
const SMALL = {
  size: 'small',
  resources: { limits: { cpu: 1, memory: 2 ** 30 }, requests: { cpu: 0.1, memory: 2 ** 28 } },
} as const;

const CONTEXT = { operationId: OPERATION.id, since: SINCE, sizes: [SMALL] };

/** The lab of a recovery that succeeds. */
function recovered(found: FoundLab, context: RecoveryContext = CONTEXT) {
  const recovery = recoverLab(found, context);
  if (recovery.kind !== 'whole') throw new Error(`the lab is ${recovery.kind}`);
  return recovery.lab;
}

const withStatus = (pod: V1Pod, status: V1Pod['status']): V1Pod => ({ ...pod, status });

/** The reference's lab in one phase of its pod. */
function found(status: V1Pod['status'], changes: Partial<FoundLab> = {}): FoundLab {
  const { pod, environment, quota } = aReferenceLab();
  const place = { username: 'rachel', namespace: 'lab-rachel' };
  return { ...place, pod: withStatus(pod, status), environment, quota, ...changes };
}

test.each(CASES)('from the objects of the case "%s" its record is recovered', (name) => {
  const input = inputOf(name);
  const { pod, quota, configMaps } = labObjects(input);
  const { namespace, user } = input.plan;
  const { username } = user;
  const environment =
    configMaps.find(({ metadata }) => metadata?.name === environmentConfigMapName(username)) ?? null;
  const created = { ...pod, metadata: { ...pod.metadata, creationTimestamp: new Date(SINCE) } };
  const lab = { username, namespace, pod: withStatus(created, { phase: 'Pending' }), environment, quota };
  const context = { operationId: OPERATION.id, since: SINCE, sizes: input.config.lab.sizes };

  expect(recovered(lab, context).record).toEqual(pendingRecord(input.plan, OPERATION, SINCE));
});

test('a lab that the reference controller has made is recovered', () => {
  expect(recovered(found({ phase: 'Running', podIP: '10.0.0.1' }))).toMatchObject({
    record: {
      user: {
        username: 'rachel',
        name: 'Rachel Ruderman',
        uid: 1101,
        gid: 1101,
        groups: [
          { name: 'rachel', id: 1101 },
          { name: 'lsst', id: 2010 },
        ],
      },
      options: {
        image: REFERENCE_IMAGE,
        size: 'small',
        enableDebug: true,
        resetUserEnv: false,
      },
      status: 'running',
      internalUrl: 'http://10.0.0.1:8888/nb/user/rachel/',
      resources: SMALL.resources,
      quota: { cpu: 4.5, memory: 27 * 2 ** 30 },
      failure: null,
      operation: OPERATION,
      since: SINCE,
    },
    pod: { spawnId: null, phase: 'Running' },
    environment: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' },
  });
});

test('resources that no configured size has make a custom size', () => {
  const lab = recovered(found({ phase: 'Pending' }), { ...CONTEXT, sizes: [] });
  expect(lab.record.options.size).toBe('custom');
});

test('a size that is finer than what objects hold is recognised', () => {
  const limits = { cpu: 0.9991, memory: 2 ** 30 + 0.5 };
  const size = { size: 'small', resources: { limits, requests: { cpu: 0.0996, memory: 2 ** 28 } } } as const;
  const lab = recovered(found({ phase: 'Pending' }), { ...CONTEXT, sizes: [size] });
  expect(lab.record.options.size).toBe('small');
});

test('a user whose primary group is 0 is recovered', () => {
  const { pod } = aReferenceLab();
  for (const { securityContext } of pod.spec?.containers ?? [])
    Object.assign(securityContext ?? {}, { runAsGroup: 0 });
  expect(recovered(found({ phase: 'Running' }, { pod })).record.user.gid).toBe(0);
});

test('a user without a quota or a known name has none', () => {
  const { pod } = aReferenceLab();
  delete pod.metadata?.annotations?.['nublado.lsst.io/user-name'];
  const lab = recovered(found(undefined, { pod, quota: null }));
  expect(lab.record).toMatchObject({ quota: null, user: { name: null } });
});

test.each([
  [{ phase: 'Pending' }, 'pending', null],
  [{ phase: 'Running' }, 'pending', null],
  [{ phase: 'Running', podIP: 'fd00::1' }, 'running', null],
  [{ phase: 'Unknown', podIP: '10.0.0.1' }, 'failed', 'NodeLost'],
  [{ phase: 'Succeeded' }, 'terminated', null],
  [{ phase: 'Failed', reason: 'Evicted' }, 'failed', 'PodEvicted'],
])('a pod with status %j makes the lab %s', (status, expected, reason) => {
  const record = recovered(found(status)).record;
  expect([record.status, record.failure?.reason ?? null]).toEqual([expected, reason]);
});

const notebook = (state: object, restartCount = 0) => ({
  containerStatuses: [{ name: 'notebook', image: 'i', imageID: '', ready: false, restartCount, state }],
});

test.each([
  ['runs while its pod waits for another container', 'Pending', notebook({ running: {} }), 'running', null],
  ['runs and is not ready', 'Running', notebook({ running: {} }), 'running', null],
  ['is started again', 'Running', notebook({ waiting: { reason: 'CrashLoopBackOff' } }, 3), 'running', null],
  ['has not run', 'Running', notebook({ waiting: { reason: 'PodInitializing' } }), 'pending', null],
  ['has exited beside others', 'Running', notebook({ terminated: { exitCode: 0 } }), 'terminated', null],
])('a lab whose container %s is recovered as that', (_, phase, containers, expected, reason) => {
  const record = recovered(found({ phase, podIP: '10.0.0.1', ...containers })).record;
  expect([record.status, record.failure?.reason ?? null]).toEqual([expected, reason]);
});

test.each([
  [{ phase: 'Succeeded' }, { at: SINCE, outcome: 'exited', by: 'user' }],
  [
    { phase: 'Failed', reason: 'Evicted' },
    { at: SINCE, outcome: 'lost', by: 'cluster', reason: 'PodEvicted' },
  ],
])('of a pod with status %j the end is %j', (status, end) => {
  expect(recovered(found(status)).record.end).toMatchObject(end);
});

test('a lab that runs has no end', () => {
  expect(recovered(found({ phase: 'Running', podIP: '10.0.0.1' })).record.end).toBeNull();
});

test.each(['pod', 'environment'] as const)('without its %s there is no lab', (missing) => {
  expect(recoverLab(found({ phase: 'Running' }, { [missing]: null }), CONTEXT)).toEqual({
    kind: 'incomplete',
  });
});

const groupless = aReferenceLab().pod;
groupless.metadata = { ...groupless.metadata, annotations: { 'nublado.lsst.io/user-groups': '[{"id": 1}]' } };

const rootless = aReferenceLab().pod;
rootless.spec = { containers: [{ name: 'notebook', securityContext: { runAsUser: 1 } }] };

const otherPod: V1Pod = { spec: { containers: [{ name: 'other' }] } };

const without = (variable: string) => {
  const { environment } = aReferenceLab();
  delete environment.data?.[variable];
  return { environment };
};

const withVariable = (variable: string, value: string) => {
  const { environment } = aReferenceLab();
  return { environment: { ...environment, data: { ...environment.data, [variable]: value } } };
};

test.each<[string, Partial<FoundLab>]>([
  ['its pod has no container notebook', { pod: otherPod }],
  ['its pod has no runAsGroup', { pod: rootless }],
  ['its pod has no readable annotation nublado.lsst.io/user-groups', { pod: groupless }],
  ['its environment has no CPU_LIMIT', without('CPU_LIMIT')],
  [
    "its environment's JUPYTERHUB_SERVICE_PREFIX is no path",
    withVariable('JUPYTERHUB_SERVICE_PREFIX', '@example.com'),
  ],
  ['its environment\'s CPU_LIMIT is no quantity: "1e999"', withVariable('CPU_LIMIT', '1e999')],
  ['its environment\'s MEM_LIMIT is no quantity: "-1"', withVariable('MEM_LIMIT', '-1')],
  ['its environment has no JUPYTER_IMAGE_SPEC', without('JUPYTER_IMAGE_SPEC')],
  ['its quota\'s limits.cpu is no quantity: "lots"', { quota: { spec: { hard: { 'limits.cpu': 'lots' } } } }],
  ['its quota\'s limits.cpu is no quantity: ""', { quota: {} }],
])('a lab cannot be read where %s, even when other parts are missing', (problem, changes) => {
  const nothing = { pod: null, environment: null, quota: null };
  for (const lab of [found({ phase: 'Running' }, changes), found({}, { ...nothing, ...changes })]) {
    expect(recoverLab(lab, CONTEXT)).toEqual({ kind: 'unreadable', problem });
  }
});

import { randomBytes } from 'node:crypto';
import type { KubernetesObject, V1ConfigMap, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import { pendingRecord } from '../../src/domain/lab';
import { environmentConfigMapName, podName } from '../../src/domain/lab-key';
import { bytesText, cpuText } from '../../src/domain/resources';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { coreReference } from '../../src/kubernetes/references';
import type { LabObjectsInput } from '../../src/objects/lab/input';
import { parseQuantity, recoverLab } from '../../src/objects/reading/recovery';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { CASES, inputOf, manifestsOf } from '../objects/cases';
import { coreApi } from '../support/core-api';
import { theStack } from '../support/stack';
import { essence, storedObject } from '../support/stored-objects';
import { createSoon } from './cluster';

const { kubernetes } = theStack();
const core = coreApi(kubernetes.adminKubeconfig);
const run = randomBytes(4).toString('hex');

let controller: KubernetesClient;
let admin: KubernetesClient;
let api: KubernetesApi;

beforeAll(() => {
  const requestTimeoutMs = 10_000;
  controller = createKubernetesClient({ kubeconfig: kubernetes.controllerKubeconfig, requestTimeoutMs });
  admin = createKubernetesClient({ kubeconfig: kubernetes.adminKubeconfig, requestTimeoutMs });
  api = kubernetesApi(kubernetes.adminKubeconfig);
});

afterAll(async () => {
  api.close();
  await controller.close();
  await admin.close();
});

/** A case's lab in a namespace of this run's own. */
function inputHere(name: string): LabObjectsInput {
  const { plan, ...rest } = inputOf(name);
  return { ...rest, plan: { ...plan, namespace: `objects-${run}-${CASES.indexOf(name)}` } };
}

test.each(CASES)(
  'the controller may create the objects of the case "%s", and they are kept as they are',
  async (name) => {
    const input = inputHere(name);
    const manifests = manifestsOf(input);
    const { namespace, user } = input.plan;
    const { username } = user;
    try {
      for (const manifest of manifests) {
        await createSoon(controller, manifest);
        expect(essence(await storedObject(api, manifest))).toMatchObject(essence(manifest) as object);
      }
      const read = <T extends KubernetesObject>(kind: 'ConfigMap' | 'Pod' | 'ResourceQuota', name: string) =>
        controller.read<T>(coreReference(kind, { namespace, name }));
      const pod = await read<V1Pod>('Pod', podName(username));
      const found = {
        username,
        namespace,
        pod: { ...pod, status: { phase: 'Pending' } },
        environment: await read<V1ConfigMap>('ConfigMap', environmentConfigMapName(username)),
        quota: input.plan.quota && (await read<V1ResourceQuota>('ResourceQuota', podName(username))),
      };
      const operation = { id: 'adoption', kind: 'spawn', isAdopted: true } as const;
      const since = '2077-10-23T09:47:00.000Z';
      const context = { operationId: operation.id, since, sizes: input.config.lab.sizes };
      const startedAt = new Date(pod.metadata?.creationTimestamp ?? '').toISOString();
      const record = { ...pendingRecord(input.plan, operation, since), startedAt };
      expect(recoverLab(found, context)).toMatchObject({ kind: 'whole', lab: { record } });
    } finally {
      await core.deleteNamespace({ name: namespace });
    }
  },
);

test('amounts are the same numbers after the API server has rewritten them', async () => {
  const cores = fc.oneof(
    fc.nat(1_000_000).map((thousandths) => thousandths / 1000),
    fc.double({ min: 1e-6, max: 1e4, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(cores, fc.maxSafeNat(), async (cpu, memory) => {
      const hard = { 'limits.cpu': cpuText(cpu), 'limits.memory': bytesText(memory) };
      const { spec } = await core.createNamespacedResourceQuota({
        namespace: 'default',
        dryRun: 'All',
        body: { metadata: { name: 'amounts' }, spec: { hard } },
      });
      for (const [name, text] of Object.entries(hard)) {
        expect(parseQuantity(spec?.hard?.[name] ?? '')).toBe(parseQuantity(text));
      }
    }),
    { numRuns: 200 },
  );
});

import { ApplicationFailure } from '@temporalio/common';
import { createFileServerActivities } from '../../src/activities/file-server';
import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import type { KubernetesClient } from '../../src/kubernetes/client';
import type { FileServerInput } from '../../src/objects/file-server/input';
import { sealFileServer } from '../../src/sealing/file-server';
import { sealingKeys } from '../../src/sealing/keys';
import { createSealer } from '../../src/sealing/sealer';
import type { EnsureRequest } from '../../src/workflows/fileserver/messages';
import { fileServerInput } from '../objects/file-server-cases';
import { aSealedEnsureRequest } from '../support/sealed-file-server';
import { aKey, sealer } from '../support/sealing';
import { attempt } from './attempt';

/** What a workflow may ask for: nothing but what the API has sealed for it. */

const input = fileServerInput('minimal');
const WORKFLOW = fileServerWorkflowId(input.user.username);

/** Kinds of the objects that were created. */
const created: string[] = [];

const kubernetes = {
  create: async ({ kind = '' }) => {
    created.push(kind);
    return { uid: kind, resourceVersion: '1' };
  },
} as Pick<KubernetesClient, 'create'> as KubernetesClient;

beforeEach(() => {
  created.length = 0;
});

function create(
  request: EnsureRequest,
  workflowId = WORKFLOW,
  config: FileServerInput['config'] = input.config,
): Promise<unknown> {
  const configurations = { of: () => config as never };
  const activities = createFileServerActivities({ kubernetes, sealer, configurations });
  return attempt(() => activities.createFileServer({ ...request, told: null }), workflowId);
}

test('a sealed request is carried out, and objects are created in their order', async () => {
  expect(await create(aSealedEnsureRequest(input))).toEqual({
    ingress: 'GafaelfawrIngress',
    service: 'Service',
    job: 'Job',
  });
  expect(created).toEqual(['GafaelfawrIngress', 'Service', 'Job']);
});

const sealed = aSealedEnsureRequest(input);
const { plan } = sealed;

const anotherKey = createSealer(sealingKeys([aKey('test')]));

const HOSTILE: Readonly<Record<string, EnsureRequest>> = {
  'another UID': { ...sealed, plan: { ...plan, user: { ...plan.user, uid: 0 } } },
  'another group': {
    ...sealed,
    plan: { ...plan, user: { ...plan.user, groups: [{ name: 'wheel', id: 10 }] } },
  },
  'another namespace': { ...sealed, plan: { ...plan, namespace: 'kube-system' } },
  'another way in': { ...sealed, plan: { ...plan, routing: 'ingress' } },
  'another operation': { ...sealed, operationId: 'create-of-another' },
  'another configuration': {
    ...sealed,
    plan: { ...plan, configuration: { ...plan.configuration, id: 'x' } },
  },
  'other timeouts': { ...sealed, timeouts: { ...sealed.timeouts, createMs: 1e9 } },
  'a later acceptance': { ...sealed, plan: { ...plan, acceptedAt: '2999-01-01T00:00:00.000Z' } },
  'no seal': { ...sealed, plan: { ...plan, seal: { keyId: 'test', iv: '', ciphertext: '', tag: '' } } },
  'another key of that name': sealFileServer(withoutSeal(sealed), WORKFLOW, anotherKey),
  'the seal of another workflow': sealFileServer(withoutSeal(sealed), 'fileserver-another', sealer),
  'an old acceptance': sealFileServer(
    { ...sealed, plan: { ...withoutSeal(sealed).plan, acceptedAt: '2020-01-01T00:00:00.000Z' } },
    WORKFLOW,
    sealer,
  ),
};

function withoutSeal(request: EnsureRequest) {
  const { seal: _, ...rest } = request.plan;
  return { ...request, plan: rest };
}

test.each(Object.entries(HOSTILE))(
  'a request with %s is refused, and nothing is created',
  async (_, request) => {
    const error = await create(request).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'PlanRefused', nonRetryable: true });
    expect(created).toEqual([]);
  },
);

test('a request is refused by the workflow of another user', async () => {
  const refused = create(aSealedEnsureRequest(input), 'fileserver-another');

  await expect(refused).rejects.toMatchObject({ type: 'PlanRefused' });
});

test('a request is refused whose configuration says something else by now', async () => {
  const fileserver = { ...input.config.fileserver, namespace: 'elsewhere' };
  const refused = create(aSealedEnsureRequest(input), WORKFLOW, { ...input.config, fileserver });

  await expect(refused).rejects.toMatchObject({ type: 'PlanRefused' });
});

test('a request under an unknown key is tried again, since the key may be added', async () => {
  const later = createSealer(sealingKeys([aKey('next')]));
  const error = await create(sealFileServer(withoutSeal(aSealedEnsureRequest(input)), WORKFLOW, later)).catch(
    (reason: unknown) => reason,
  );

  expect(error).not.toBeInstanceOf(ApplicationFailure);
  expect(String(error)).toContain('sealing key "next" is not known');
});

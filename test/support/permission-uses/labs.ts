import { pino } from 'pino';
import { createLabActivities } from '../../../src/activities/lab';
import type { LabRegister } from '../../../src/activities/lab-register';
import { createReconcileActivities } from '../../../src/activities/reconcile';
import { createSecretSource } from '../../../src/activities/secret-source';
import type { Config } from '../../../src/config/config';
import { labWorkflowId, namespaceName } from '../../../src/domain/lab-key';
import type { KubernetesClient } from '../../../src/kubernetes/client';
import { namespaceReference } from '../../../src/kubernetes/references';
import { copiedSecretNames } from '../../../src/objects/lab/secrets';
import type { SpawnRequest } from '../../../src/workflows/lab/messages';
import { attempt } from '../../activities/attempt';
import { inputOf } from '../../objects/cases';
import { aPlan } from '../builders';
import { aSealedRequest, observer, prover, sealer } from '../sealing';
import { aUsername, once, type Surroundings, type Uses } from './uses';

const GIB = 1024 ** 3;

/** A lab with everything that a lab can have. */
const LAB = inputOf('everything');
const { pullSecret } = LAB.config.lab;

/** The Secrets that its configuration mentions, with what they hold. */
const SECRETS = { ...LAB.copiedSecrets, ...(pullSecret === null ? {} : { [pullSecret]: LAB.pullSecret }) };

/** Their names, as the chart has them from the configuration. */
export const SECRET_NAMES: readonly string[] = [
  ...copiedSecretNames(LAB.config.lab),
  ...(pullSecret === null ? [] : [pullSecret]),
].toSorted();

/** Makes the Secrets that are copied to labs. */
export async function prepareSecrets({ admin, places: { own } }: Surroundings): Promise<void> {
  for (const [name, secret] of Object.entries(SECRETS)) {
    const metadata = { name, namespace: own };
    await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata, ...secret });
  }
}

/** What labs begin with in a place. */
const prefixIn = (own: string): string => `${own}-lab`;

/** No workflow is open, and any may be started. */
const register: LabRegister = {
  list: async () => [],
  statusOf: async () => undefined,
  adopt: async () => true,
  doubt: async () => false,
};

/** Uses of labs; `made` gets the namespaces of those that are made. */
export function labUses({ admin, places: { own } }: Surroundings, made: string[]): Uses {
  const lab = { ...LAB.config.lab, namespacePrefix: prefixIn(own) };
  const config = { ...LAB.config, lab } as Config;

  const activitiesOf = (kubernetes: KubernetesClient) =>
    createLabActivities({
      configurations: { of: () => config },
      kubernetes,
      observer,
      prover,
      sealer,
      discovery: null,
      secrets: createSecretSource(kubernetes, own),
    });

  const create = (kubernetes: KubernetesClient, request: SpawnRequest) =>
    attempt(
      () => activitiesOf(kubernetes).createLabObjects({ ...request, told: null }),
      labWorkflowId(request.plan.user.username),
    );

  const aRequest = (): SpawnRequest => {
    const username = aUsername();
    const namespace = namespaceName(lab.namespacePrefix, username);
    made.push(namespace);
    const quota = { cpu: 4, memory: 16 * GIB };
    const plan = aPlan(username, { namespace, quota });
    const { environment } = plan;
    return aSealedRequest({ plan }, { token: null, hubEnvironment: {}, environment });
  };

  /** A lab that exists. */
  const aLab = async () => {
    const request = aRequest();
    await create(admin, request);
    const { namespace, user } = request.plan;
    return { username: user.username, namespace, spawnId: request.operationId };
  };

  return {
    async createLabObjects({ kubernetes }, { resource, verb }) {
      const request = aRequest();
      const isRepeated = verb === 'get' && resource !== 'secrets';
      if (isRepeated) await create(admin, request);
      await create(kubernetes, request);
    },

    async readPod({ kubernetes }) {
      const target = await aLab();
      expect(await attempt(() => activitiesOf(kubernetes).readPod(target))).not.toBeNull();
    },

    async deletePod({ kubernetes }) {
      const target = { ...(await aLab()), graceMs: 0 };
      const workflowId = labWorkflowId(target.username);
      expect(await attempt(() => activitiesOf(kubernetes).deletePod(target), workflowId)).not.toBeNull();
    },

    async deleteNamespace({ kubernetes }) {
      const target = { ...(await aLab()), told: null };
      const workflowId = labWorkflowId(target.username);
      await once(() => attempt(() => activitiesOf(kubernetes).deleteNamespace(target), workflowId));
      const { metadata } = await admin.read(namespaceReference(target.namespace));
      expect(metadata?.deletionTimestamp).toBeDefined();
    },

    async reconcileLabs({ kubernetes }) {
      const { username } = await aLab();
      const activities = createReconcileActivities({
        config: () => ({ ...config, timeouts: { ...config.timeouts, reconcileGraceMs: 0 } }),
        kubernetes,
        observer,
        register,
        record: { read: async () => null, publish: async () => undefined },
        logger: pino({ enabled: false }),
        onDecision: () => undefined,
      });
      expect((await attempt(() => activities.reconcileLabs())).adopted).toContain(username);
    },
  };
}

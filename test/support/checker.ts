import { z } from 'zod';
import { type ApiFact, type Facts, violationsOf, type WorkflowFact } from '../../bench/checker';
import { ControllerError } from '../../stack/hub-client';
import { eventually } from './eventually';
import type { World } from './world';

/** One user's lab in Kubernetes, Temporal and the API, each read separately. */
type LabFacts = Pick<Facts, 'namespaces' | 'pods' | 'contents' | 'workflows'> & {
  readonly api: readonly [ApiFact];
};

/** Final state of a lab; `gone` means that nothing of it is left in any of them. */
export type LabEnd = 'running' | 'failed' | 'terminated' | 'gone';

const objects = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        namespace: z.string().default(''),
        labels: z.record(z.string(), z.string()).optional(),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({ phase: z.string().optional() }).optional(),
    }),
  ),
});

const memo = z.object({ lab: z.object({ status: z.string().nullable() }) });

/** Reads the lab of one user from Kubernetes, Temporal and the API. */
async function factsOf(world: World, username: string): Promise<LabFacts> {
  const [namespaces, pods, configMaps, secrets, workflows, api] = await Promise.all([
    labelled(world, 'namespaces', username),
    labelled(world, 'pods', username),
    labelled(world, 'configmaps', username),
    labelled(world, 'secrets', username),
    workflowsOf(world, username),
    apiFactOf(world, username),
  ]);
  const contents = [
    ...configMaps.map((object) => ({ ...object, kind: 'ConfigMap' })),
    ...secrets.map((object) => ({ ...object, kind: 'Secret' })),
  ];
  return { namespaces, pods, contents, workflows, api: [api] };
}

async function labelled({ cluster }: World, collection: string, username: string) {
  const selector = encodeURIComponent(`nublado.lsst.io/user=${username}`);
  const { body } = await cluster.send('GET', `/api/v1/${collection}?labelSelector=${selector}`);
  return objects.parse(body).items.map(({ metadata, status }) => ({
    username,
    name: metadata.name,
    namespace: metadata.namespace,
    spawnId: metadata.labels?.['nublado.lsst.io/spawn-id'] ?? null,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isRunning: status?.phase === 'Running' && metadata.deletionTimestamp === undefined,
  }));
}

async function workflowsOf({ temporal }: World, username: string): Promise<WorkflowFact[]> {
  const description = await temporal.workflow
    .getHandle(`lab-${username}`)
    .describe()
    .catch(() => null);
  if (description?.status.name !== 'RUNNING') return [];
  return [{ username, status: memo.parse(description.memo).lab.status }];
}

async function apiFactOf({ hub }: World, username: string): Promise<ApiFact> {
  try {
    const { status, failure } = await hub.read(username);
    return { username, status, reason: failure?.reason ?? null };
  } catch (error) {
    if (error instanceof ControllerError && error.status === 404) {
      return { username, status: null, reason: null };
    }
    throw error;
  }
}

function problemsOf(username: string, facts: LabFacts, end: LabEnd): string[] {
  const { namespaces, pods, workflows, api } = facts;
  const nothing = { streams: [], namespacesMade: new Map(), podsMade: new Map(), deleted: [] };
  const violations = violationsOf({ ...facts, ...nothing, accepted: end === 'running' ? [username] : [] });
  const isLeft = workflows.length + namespaces.length + pods.length > 0;
  const isAsExpected = end === 'gone' ? !isLeft : api[0].status === end;
  return [
    // A failed lab keeps its record, also where its namespace was deleted.
    ...violations
      .filter(({ kind }) => !(end === 'failed' && kind === 'orphaned' && namespaces.length === 0))
      .map(({ kind, message }) => `${kind}: ${message}`),
    ...(isAsExpected ? [] : [`not ${end}: ${JSON.stringify(facts)}`]),
  ];
}

/**
 * Waits until Kubernetes, Temporal and the API agree that each of these labs is in its final state, and nothing is
 * lost, orphaned or duplicated. They are read one after the other while they change, so agreement may take a moment.
 *
 * @throws Error with the violations that remain.
 */
export async function settle(world: World, expected: Readonly<Record<string, LabEnd>>): Promise<void> {
  await eventually(
    async () => {
      const problems = await Promise.all(
        Object.entries(expected).map(async ([username, end]) =>
          problemsOf(username, await factsOf(world, username), end),
        ),
      );
      return problems.flat();
    },
    (problems) => problems.length === 0,
  );
}

import type { KubernetesObject } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { Config } from '../config/config';
import type { DiscoveryClient } from '../discovery/repertoire';
import { type LabPlan, type LabSecrets, spawnExpiry } from '../domain/lab-plan';
import type { KubernetesClient } from '../kubernetes/client';
import type { ReadSecret } from '../objects/lab/input';
import { type LabObjects, labObjects } from '../objects/lab/objects';
import { copiedSecretNames, MissingSecretKey } from '../objects/lab/secrets';
import { type Sealer, SealMismatch } from '../sealing/sealer';
import { openSpawn } from '../sealing/spawn';
import type { SpawnRequest } from '../workflows/lab/messages';
import { allEnded } from './concurrently';
import type { Configurations } from './configurations';
import { finalFailure, isFinalFailure } from './failures';
import { claimNamespace, createInside, createPod } from './lab-namespace';
import type { SecretSource } from './secret-source';

/** Sources of a lab's objects besides its plan. */
export interface LabCreationSources {
  /** Opens the values that the API sealed for this lab's workflow. */
  readonly sealer: Pick<Sealer, 'open'>;
  /** Null in installations without service discovery. */
  readonly discovery: DiscoveryClient | null;
  /** The configuration that a spawn was accepted under. */
  readonly configurations: Configurations;
  /** The secrets to copy. */
  readonly secrets: SecretSource;
}

interface LabCreationDependencies extends LabCreationSources {
  readonly kubernetes: KubernetesClient;
}

const labSecrets = z.object({
  token: z.string().nullable(),
  hubEnvironment: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
}) satisfies z.ZodType<LabSecrets>;

/**
 * Creates a lab's namespace, then at the same time what the pod needs, then the pod, and returns its UID. Objects that an
 * earlier attempt of the same spawn has created are kept. Nothing is deleted here: the spawn of this attempt may be over,
 * and the namespace may be that of the user's next lab.
 *
 * @throws ApplicationFailure of type `Obstacle` with the UID of a namespace that the workflow has to remove first.
 */
export async function createLab(kit: LabCreationDependencies, request: SpawnRequest): Promise<string> {
  const secrets = openSecrets(kit, request);
  const { operationId, plan } = request;
  const objects = await planObjects(kit, operationId, plan, secrets);
  const { kubernetes } = kit;
  const claim = await claimNamespace(kubernetes, objects.namespace, operationId, plan.user.username);
  const contents = contentsOf(objects).map((manifest) => createInside(kubernetes, manifest, claim));
  await allEnded(contents, isFinalFailure);
  return createPod(kubernetes, objects.pod, claim);
}

async function planObjects(
  kit: LabCreationDependencies,
  operationId: string,
  plan: LabPlan,
  secrets: LabSecrets,
): Promise<LabObjects> {
  const config = kit.configurations.of(plan.configuration);
  const copies = await readSecrets(kit.secrets, config.lab);
  const discovery = (await kit.discovery?.read()) ?? null;
  try {
    return labObjects({ config, plan, operationId, secrets, discovery, ...copies });
  } catch (error) {
    if (!(error instanceof MissingSecretKey)) throw error;
    const { key, secretName } = error;
    throw finalFailure(
      'ConfigurationError',
      `No key ${key} in secret ${kit.secrets.namespace}/${secretName}`,
    );
  }
}

/**
 * Opens the sealed part of a request, which proves that the whole request is as the API has accepted it, and for this
 * workflow. To be called before anything of the request is used.
 *
 * @throws ApplicationFailure `PlanRefused`, not retried; Error, retried, for an unknown key, which may be added later.
 */
function openSecrets({ sealer }: LabCreationDependencies, request: SpawnRequest): LabSecrets {
  const { plan } = request;
  if (plan.acceptedAt === undefined) {
    throw refused('It was accepted by an earlier version of the controller.');
  }
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
  const text = opened(sealer, request, workflowId);
  const expiry = spawnExpiry(request);
  if (!(Date.now() <= expiry)) {
    const limit = new Date(expiry).toISOString();
    throw refused(`It was accepted at ${plan.acceptedAt}, and not carried out by ${limit}.`);
  }
  try {
    return labSecrets.parse(JSON.parse(text));
  } catch {
    // The parser's message quotes the text.
    throw finalFailure('InternalError', `What was sealed for ${workflowId} is no document of secrets`);
  }
}

function opened(
  sealer: LabCreationDependencies['sealer'],
  request: SpawnRequest,
  workflowId: string,
): string {
  try {
    return openSpawn(request, workflowId, sealer);
  } catch (error) {
    if (!(error instanceof SealMismatch)) throw error;
    throw refused('It is not as it was accepted, or is that of another lab or operation.');
  }
}

const refused = (why: string): Error =>
  finalFailure(
    'PlanRefused',
    `The request for this lab is refused. ${why} Nothing was created: start the lab again.`,
  );

function contentsOf(objects: LabObjects): KubernetesObject[] {
  const { claims, configMaps, secrets, quota, networkPolicy } = objects;
  return [...claims, ...configMaps, ...secrets, ...(quota ? [quota] : []), networkPolicy];
}

/** The secrets that are copied to labs. */
async function readSecrets(secrets: SecretSource, lab: Config['lab']) {
  const { pullSecret } = lab;
  const copiedSecrets: Record<string, ReadSecret> = {};
  for (const name of copiedSecretNames(lab)) copiedSecrets[name] = await secrets.read(name);
  return { copiedSecrets, pullSecret: pullSecret === null ? null : await secrets.read(pullSecret) };
}

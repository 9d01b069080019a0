import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject, V1Namespace } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { Config } from '../config/config';
import type { DiscoveryClient } from '../discovery/repertoire';
import { type LabPlan, type LabSecrets, spawnExpiry } from '../domain/lab-plan';
import type { KubernetesClient } from '../kubernetes/client';
import { classify } from '../kubernetes/verdict';
import type { ReadSecret } from '../objects/lab/input';
import { type LabObjects, labObjects } from '../objects/lab/objects';
import { copiedSecretNames, MissingSecretKey } from '../objects/lab/secrets';
import { isLabOf, spawnIdOf } from '../objects/reading/labels';
import { namespaceObstacle } from '../objects/reading/namespace';
import { type Sealer, SealMismatch } from '../sealing/sealer';
import { openSpawn } from '../sealing/spawn';
import type { SpawnRequest } from '../workflows/lab/messages';
import { orNull } from './absence';
import type { Configurations } from './configurations';
import { finalFailure, notYet, obstacleFailure } from './failures';

/** What a lab is made of besides its plan. */
export interface LabMaterials {
  /** Opens what the API sealed for this lab's workflow. */
  readonly sealer: Pick<Sealer, 'open'>;
  /** Null in installations without service discovery. */
  readonly discovery: DiscoveryClient | null;
  /** The configuration that a spawn was accepted under. */
  readonly configurations: Configurations;
  /** The controller's own namespace, which holds the secrets to copy. */
  readonly namespace: string;
}

interface Kit extends LabMaterials {
  readonly kubernetes: KubernetesClient;
}

const labSecrets = z.object({
  token: z.string().nullable(),
  hubEnvironment: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
}) satisfies z.ZodType<LabSecrets>;

/** How often a refused pod is offered again before the attempt is given up: about four seconds. */
const POD_OFFERS = 8;

/**
 * Creates a lab's objects one after the other. What an earlier attempt of the same spawn has made is kept:
 * the namespace tells by its spawn id whose it is, and what it holds is then ours by name. Returns the
 * pod's UID, or null when an earlier attempt has made the pod.
 */
export async function createLab(kit: Kit, request: SpawnRequest): Promise<string | null> {
  const secrets = openSecrets(kit, request);
  const { operationId, plan } = request;
  const objects = await planObjects(kit, operationId, plan, secrets);
  await claimNamespace(kit, objects.namespace, operationId, plan.user.username);
  for (const manifest of contentsOf(objects)) await tryCreate(kit.kubernetes, manifest);
  return createPod(kit, objects.pod);
}

async function planObjects(
  kit: Kit,
  operationId: string,
  plan: LabPlan,
  secrets: LabSecrets,
): Promise<LabObjects> {
  const config = kit.configurations.of(plan.configuration);
  const copies = await readSecrets(kit, config.lab);
  const discovery = (await kit.discovery?.read()) ?? null;
  try {
    return labObjects({ config, plan, operationId, secrets, discovery, ...copies });
  } catch (error) {
    if (!(error instanceof MissingSecretKey)) throw error;
    const { key, secretName } = error;
    throw finalFailure('ConfigurationError', `No key ${key} in secret ${kit.namespace}/${secretName}`);
  }
}

/**
 * Opens the sealed part of a request, which proves that all of it is as the API has accepted it, for the workflow
 * that asks. Only then anything in it is used.
 *
 * @throws ApplicationFailure `PlanRefused`, not to be tried again. A key that is not known yet may come.
 */
function openSecrets({ sealer }: Kit, request: SpawnRequest): LabSecrets {
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
    // The parser's own words quote the text.
    throw finalFailure('InternalError', `What was sealed for ${workflowId} is no document of secrets`);
  }
}

function opened(sealer: Kit['sealer'], request: SpawnRequest, workflowId: string): string {
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

/** Creates the namespace, or makes sure that the present one belongs to this very spawn. */
async function claimNamespace(
  { kubernetes }: Kit,
  manifest: V1Namespace,
  operationId: string,
  username: string,
): Promise<void> {
  if (await tryCreate(kubernetes, manifest)) return;
  const name = manifest.metadata?.name ?? '';
  const present = await kubernetes.core.readNamespace({ name });
  if (present.metadata?.deletionTimestamp) {
    const obstacle = isLabOf(present, username) ? namespaceObstacle(present, Date.now()) : null;
    throw obstacle ? obstacleFailure(obstacle) : notYet(`Namespace ${name} is still being deleted`, 1_000);
  }
  if (spawnIdOf(present) === operationId) return;
  if (!isLabOf(present, username)) {
    throw finalFailure('ObjectConflict', `Namespace ${name} exists and is not a lab of ${username}`);
  }
  const { uid } = present.metadata ?? {};
  await kubernetes.core.deleteNamespace({ name, body: { preconditions: { uid } } });
  throw notYet(`Namespace ${name} is left from an earlier lab and is being deleted`, 1_000);
}

/**
 * Offers the pod until it is taken. The API server refuses it until the namespace has its default service
 * account, which is rarely later than the objects before it; asking first would cost a request per spawn.
 */
async function createPod({ kubernetes }: Kit, pod: KubernetesObject): Promise<string | null> {
  const { cancellationSignal } = Context.current();
  for (let offer = 1; ; offer += 1) {
    try {
      return await tryCreate(kubernetes, pod);
    } catch (error) {
      const verdict = classify(error);
      const isSoon = verdict.kind === 'retry' && verdict.afterMs !== null && verdict.afterMs < 1_000;
      if (!isSoon || offer === POD_OFFERS) throw error;
      await delay(verdict.afterMs * Math.min(offer, 4), undefined, { signal: cancellationSignal });
    }
  }
}

/** Creates an object and returns its UID; null when it is there already. */
async function tryCreate(kubernetes: KubernetesClient, manifest: KubernetesObject): Promise<string | null> {
  try {
    return (await kubernetes.create(manifest)).uid;
  } catch (error) {
    if (classify(error).kind === 'alreadyExists') return null;
    throw error;
  }
}

/** Reads the secrets of the controller's namespace that labs get a copy of. */
async function readSecrets(kit: Kit, lab: Config['lab']) {
  const { pullSecret } = lab;
  const copiedSecrets: Record<string, ReadSecret> = {};
  for (const name of copiedSecretNames(lab)) copiedSecrets[name] = await readSecret(kit, name);
  return { copiedSecrets, pullSecret: pullSecret === null ? null : await readSecret(kit, pullSecret) };
}

async function readSecret({ kubernetes, namespace }: Kit, name: string): Promise<ReadSecret> {
  const secret = await orNull(() => kubernetes.core.readNamespacedSecret({ name, namespace }));
  if (!secret) throw finalFailure('ConfigurationError', `Secret ${namespace}/${name} does not exist`);
  const { type = 'Opaque', data = {} } = secret;
  return { type, data };
}

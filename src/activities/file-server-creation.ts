import type { KubernetesObject } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { type FileServerUids, isServing, planExpiry } from '../domain/file-server';
import { fileServerWorkflowId } from '../domain/file-server-key';
import { IN_THE_WAY, type ObjectInTheWay, SERVES_ALREADY } from '../domain/obstacles';
import type { KubernetesClient } from '../kubernetes/client';
import { coreCollection } from '../kubernetes/references';
import { classify } from '../kubernetes/verdict';
import type { FileServerInput } from '../objects/file-server/input';
import { fileServerObjects } from '../objects/file-server/objects';
import { verifyFileServer } from '../sealing/file-server';
import { type Sealer, SealMismatch } from '../sealing/sealer';
import type { EnsureRequest } from '../workflows/fileserver/messages';
import type { Configurations } from './configurations';
import { finalFailure, notYet } from './failures';
import { identified, isOfTarget, isOfUser, nameOf, ofUser } from './file-server-objects';
import { findPresent } from './file-server-reading';

/** Attempts after which a claim that exists, and is not listed, counts as that of something else. */
const CLAIM_ATTEMPTS = 3;

/** What the objects of a file server are made from, besides its plan. */
export interface FileServerCreationSources {
  /** Verifies what the API has sealed for this workflow. */
  readonly sealer: Pick<Sealer, 'open'>;
  /** The configuration that a file server was accepted under. */
  readonly configurations: Configurations;
}

interface Kit extends FileServerCreationSources {
  readonly kubernetes: KubernetesClient;
}

/**
 * Creates a file server's objects in their order and returns the UIDs of those that are not claims. Objects that an
 * earlier attempt of the same creation has made are kept. Nothing is deleted here: the creation of this attempt may be
 * over, and the objects may be those of the user's next file server.
 *
 * @throws ApplicationFailure of type `ObjectInTheWay` for an object of another creation, which the workflow has to
 *   remove first; `ServesAlready` with an observation where that creation is the user's file server, which serves: its
 *   workflow was lost, and it is not to be cut off from who uses it.
 */
export async function createObjects(kit: Kit, request: EnsureRequest): Promise<FileServerUids> {
  const input = inputOf(kit, request);
  const { claims, ingress, job, service } = fileServerObjects(input);
  const { kubernetes } = kit;
  const create = async (manifest: KubernetesObject): Promise<string> => {
    try {
      return await createOwn(kubernetes, manifest, input);
    } catch (error) {
      throw isInTheWay(error) ? await unlessServing(kubernetes, request, error) : error;
    }
  };
  for (const claim of claims) await create(claim);
  return { ingress: await create(ingress), service: await create(service), job: await create(job) };
}

/** Verifies a request, before anything of it is used. @throws ApplicationFailure `PlanRefused`, not retried. */
function inputOf({ configurations, sealer }: Kit, request: EnsureRequest): FileServerInput {
  const { operationId, plan, timeouts } = request;
  const { user } = plan;
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
  if (workflowId !== fileServerWorkflowId(user.username)) throw refused('It is that of another user.');
  try {
    verifyFileServer(request, workflowId, sealer);
  } catch (error) {
    if (!(error instanceof SealMismatch)) throw error;
    throw refused('It is not as it was accepted, or is that of another workflow.');
  }
  const expiry = planExpiry(plan, timeouts);
  if (!(Date.now() <= expiry)) {
    const limit = new Date(expiry).toISOString();
    throw refused(`It was accepted at ${plan.acceptedAt}, and not carried out by ${limit}.`);
  }
  const config = configurations.of(plan.configuration);
  const { fileserver } = config;
  if (!fileserver.enabled) throw refused('File servers are disabled by now.');
  const { ingress, namespace } = fileserver;
  if (namespace !== plan.namespace || ingress.type !== plan.routing) {
    throw refused('Its configuration cannot be read any more.');
  }
  return { config: { ...config, fileserver }, user, operationId };
}

const refused = (why: string): Error =>
  finalFailure(
    'PlanRefused',
    `The request for this file server is refused. ${why} Nothing was created: ask for it again.`,
  );

/** Creates an object, or finds that an earlier attempt of this creation has; returns its UID. */
async function createOwn(
  kubernetes: KubernetesClient,
  manifest: KubernetesObject,
  { operationId, user: { username } }: FileServerInput,
): Promise<string> {
  try {
    return (await kubernetes.create(manifest)).uid;
  } catch (error) {
    if (classify(error).kind !== 'alreadyExists') throw error;
  }
  const what = nameOf(manifest);
  const present = await presentOf(kubernetes, manifest, username);
  if (!present) throw notYet(`${what} has just gone`, 1_000);
  if (isOfTarget(present.labels, { operationId, username })) return present.uid;
  if (!isOfUser(present.labels, username)) {
    throw finalFailure('ObjectConflict', `${what} exists and is not of the file server of ${username}`);
  }
  const { apiVersion = '', kind = '', metadata } = manifest;
  const { uid } = present;
  const message = `${what} is left from an earlier file server and has to go first (UID ${uid}).`;
  throw inTheWay({ apiVersion, kind, name: metadata?.name ?? '', uid, message });
}

/** The metadata of the object that has a manifest's name. Claims may be listed, and not read. */
async function presentOf(
  kubernetes: KubernetesClient,
  manifest: KubernetesObject,
  username: string,
): Promise<{ readonly uid: string; readonly labels?: Readonly<Record<string, string>> | undefined } | null> {
  if (manifest.kind !== 'PersistentVolumeClaim') return identified(kubernetes, manifest);
  const { name, namespace } = manifest.metadata ?? {};
  const claims = await kubernetes.list(coreCollection('PersistentVolumeClaim', namespace), {
    labelSelector: ofUser(username),
  });
  const found = claims.find(({ metadata }) => metadata?.name === name)?.metadata;
  if (found?.uid) return { uid: found.uid, labels: found.labels };
  // It may have gone meanwhile, or be of something else, which the list does not have.
  if (Context.current().info.attempt < CLAIM_ATTEMPTS) return null;
  throw finalFailure(
    'ObjectConflict',
    `${nameOf(manifest)} exists and is not of the file server of ${username}`,
  );
}

function isInTheWay(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === IN_THE_WAY;
}

/** The failure for an object in the way, or the one for the file server that it belongs to, if that serves. */
async function unlessServing(
  kubernetes: KubernetesClient,
  { plan: { namespace, routing, user } }: EnsureRequest,
  otherwise: ApplicationFailure,
): Promise<ApplicationFailure> {
  const observed = await findPresent(kubernetes, { namespace, routing, username: user.username });
  if (!isServing(observed)) return otherwise;
  return ApplicationFailure.create({
    type: SERVES_ALREADY,
    message: `The file server of ${user.username} serves already`,
    nonRetryable: true,
    details: [observed],
    category: ApplicationFailureCategory.BENIGN,
  });
}

function inTheWay(object: ObjectInTheWay): ApplicationFailure {
  return ApplicationFailure.create({
    type: IN_THE_WAY,
    message: object.message,
    nonRetryable: true,
    details: [object],
    category: ApplicationFailureCategory.BENIGN,
  });
}

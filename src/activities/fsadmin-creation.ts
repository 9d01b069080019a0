import type { KubernetesObject } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { type FsadminObject, type FsadminStart, OBJECT_IN_THE_WAY, startExpiry } from '../domain/fsadmin';
import type { KubernetesClient } from '../kubernetes/client';
import { classify, ignoreNotFound } from '../kubernetes/verdict';
import { fsadminObjects } from '../objects/fsadmin';
import { isFsadmin } from '../objects/reading/fsadmin';
import { identityOf } from '../objects/reading/labels';
import { requireSeal } from '../sealing/request';
import { type Sealer, SealMismatch } from '../sealing/sealer';
import type { Configurations } from './configurations';
import { finalFailure, notYet } from './failures';

/** Sources of the objects for file system administration besides the request. */
export interface FsadminCreationSources {
  readonly kubernetes: KubernetesClient;
  /** Opens what the API has sealed. */
  readonly sealer: Pick<Sealer, 'open'>;
  /** The configuration that a request was accepted under. */
  readonly configurations: Configurations;
  /** The controller's own namespace. */
  readonly namespace: string;
}

/**
 * Creates the claims, then the pod, and returns the pod. Objects of an earlier attempt of the same request are kept.
 * Nothing is deleted here: the operation of this attempt may be over, and an object of its name that of the next one.
 *
 * @throws ApplicationFailure `PlanRefused` for a request that the API has not made just now and for this workflow;
 *   `FsadminObjectInTheWay` with an object of another creation, which the workflow has to remove first; `ObjectConflict`
 *   for an object that is not of file system administration.
 */
export async function createFsadminObjects(
  sources: FsadminCreationSources,
  request: FsadminStart,
): Promise<FsadminObject> {
  requireRequestOfApi(sources, request);
  const { kubernetes, namespace } = sources;
  const { operationId } = request;
  const config = sources.configurations.of(request.configuration);
  const { claims, pod } = fsadminObjects({ config, namespace, operationId });
  for (const claim of claims) await createOrKeep(kubernetes, claim, operationId);
  const uid = await createOrKeep(kubernetes, pod, operationId);
  return { kind: 'Pod', name: config.fsadmin.podName, uid };
}

/** A privileged pod is made for the API alone. To be called before anything of the request is used. */
function requireRequestOfApi({ sealer }: FsadminCreationSources, request: FsadminStart): void {
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? '';
  try {
    requireSeal(request, workflowId, sealer);
  } catch (error) {
    if (error instanceof SealMismatch) throw refused('It is not as the API has accepted it.');
    throw error;
  }
  const expiry = startExpiry(request);
  if (!(Date.now() <= expiry)) {
    throw refused(`It was accepted at ${request.acceptedAt}, and not carried out in time.`);
  }
}

function refused(why: string): ApplicationFailure {
  return finalFailure('PlanRefused', `The request for file system administration is refused. ${why}`);
}

/** Creates an object, or finds the one that an earlier attempt has created; returns its UID. */
async function createOrKeep(
  kubernetes: KubernetesClient,
  manifest: KubernetesObject,
  operationId: string,
): Promise<string> {
  try {
    return (await kubernetes.create(manifest)).uid;
  } catch (error) {
    if (classify(error).kind !== 'alreadyExists') throw error;
  }
  const kind = manifest.kind as FsadminObject['kind'];
  const { name = '', namespace = '' } = manifest.metadata ?? {};
  const present = await ignoreNotFound(() => kubernetes.identify(manifest));
  if (!present) throw notYet(`${kind} ${namespace}/${name} has just gone`);
  const { spawnId, uid } = identityOf(present);
  if (!isFsadmin(present)) {
    const message = `${kind} ${namespace}/${name} exists and is not of file system administration`;
    throw finalFailure('ObjectConflict', message);
  }
  if (spawnId === operationId) return uid;
  throw inTheWay({ kind, name, uid });
}

function inTheWay(object: FsadminObject): ApplicationFailure {
  return ApplicationFailure.create({
    type: OBJECT_IN_THE_WAY,
    message: `${object.kind} ${object.name} of another creation exists`,
    nonRetryable: true,
    details: [object],
    category: ApplicationFailureCategory.BENIGN,
  });
}

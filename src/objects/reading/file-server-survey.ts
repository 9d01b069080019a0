import type { KubernetesObject, V1Job, V1Pod } from '@kubernetes/client-node';
import { type FileServerObservation, isServing } from '../../domain/file-server';
import {
  type FileServerDecision,
  type FoundFileServer,
  type LabelledObject,
  mismatchOf,
  reportsOn,
} from '../../domain/file-server-reconciliation';
import { instant, objectOf, text } from './fields';
import { observeFileServer } from './file-server';
import { fileServerUsername, spawnIdOf } from './labels';

/** The objects of a namespace that are labelled as part of file servers, as lists give them. */
export interface LabelledObjects {
  readonly jobs: readonly V1Job[];
  readonly pods: readonly V1Pod[];
  /** Ingresses, also those that Gafaelfawr has made, or HTTPRoutes; their kind is for reports. */
  readonly ingresses: readonly KubernetesObject[];
  readonly ingressKind: 'Ingress' | 'HTTPRoute';
  readonly claims: readonly KubernetesObject[];
}

/** What a survey has found of one user's file server. */
export interface SurveyedFileServer extends FoundFileServer {
  readonly observed: FileServerObservation;
  /** When its job was created, RFC 3339; null without a job. */
  readonly startedAt: string | null;
  /** The creation that the first labelled one of its objects is of; absent where none is labelled with one. */
  readonly operationId?: string;
}

/** All file servers of a namespace, and the reports about labelled objects that are of none. */
export interface FileServerSurvey {
  readonly fileServers: readonly SurveyedFileServer[];
  readonly reports: readonly FileServerDecision[];
}

const fields = objectOf({
  metadata: objectOf({ name: text, creationTimestamp: instant, deletionTimestamp: instant }),
});

const metadataOf = (object: KubernetesObject) => fields(object)?.metadata ?? {};

/** The labelled objects of one user, apart from pods. */
interface UserObjects {
  job: V1Job | null;
  ingress: KubernetesObject | null;
  readonly all: KubernetesObject[];
}

/**
 * Sorts listed objects by user. An object counts as the user's where the username of its labels gives its name; a pod
 * counts where it has the labels and belongs to the user's job.
 */
export function surveyFileServers(listed: LabelledObjects, nowMs: number): FileServerSurvey {
  const users = new Map<string, UserObjects>();
  const strange: LabelledObject[] = [];
  const objectsOf = (kind: string, object: KubernetesObject): UserObjects | null => {
    const username = fileServerUsername(object);
    const labelled = { kind, name: metadataOf(object).name ?? '', username };
    if (username === null || mismatchOf(labelled) !== null) {
      strange.push(labelled);
      return null;
    }
    const known = users.get(username) ?? { job: null, ingress: null, all: [] };
    users.set(username, known);
    known.all.push(object);
    return known;
  };
  for (const job of listed.jobs) {
    const objects = objectsOf('Job', job);
    if (objects) objects.job = job;
  }
  for (const ingress of listed.ingresses) {
    const objects = objectsOf(listed.ingressKind, ingress);
    if (objects) objects.ingress = ingress;
  }
  for (const claim of listed.claims) objectsOf('PersistentVolumeClaim', claim);
  const pods = Map.groupBy(listed.pods, (pod) => fileServerUsername(pod) ?? '');
  return {
    fileServers: [...users].map(([username, objects]) =>
      surveyed(username, objects, { pods: pods.get(username) ?? [], nowMs }),
    ),
    reports: reportsOn(strange),
  };
}

function surveyed(
  username: string,
  { all, ingress, job }: UserObjects,
  { nowMs, pods }: { readonly pods: readonly V1Pod[]; readonly nowMs: number },
): SurveyedFileServer {
  const observed = observeFileServer({ job, pods, ingress });
  const ages = all.map((object) => nowMs - (metadataOf(object).creationTimestamp?.getTime() ?? nowMs));
  const operationId = all.map(spawnIdOf).find((id) => id !== null);
  return {
    username,
    observed,
    isServing: isServing(observed),
    isLeaving: all.every((object) => metadataOf(object).deletionTimestamp !== undefined),
    ageMs: Math.min(...ages),
    startedAt: (job && metadataOf(job).creationTimestamp?.toISOString()) ?? null,
    ...(operationId === undefined || operationId === null ? {} : { operationId }),
  };
}

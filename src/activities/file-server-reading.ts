import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import type { FileServerObservation, FileServerTarget } from '../domain/file-server';
import { fileServerName } from '../domain/file-server-key';
import type { KubernetesClient } from '../kubernetes/client';
import type { ObjectReference } from '../kubernetes/objects';
import { coreCollection } from '../kubernetes/references';
import { ignoreNotFound } from '../kubernetes/verdict';
import { observeFileServer } from '../objects/reading/file-server';
import { fileServerUsername, spawnIdOf } from '../objects/reading/labels';
import { jobOf, servedOf } from './file-server-objects';

type Reader = Pick<KubernetesClient, 'list' | 'read'>;
type Owner = Pick<FileServerTarget, 'operationId' | 'username'>;
type Named = Pick<FileServerTarget, 'username' | 'namespace'>;

/** Reads the job, its pod and what leads to it. An object of another creation counts as none. */
export async function readAll(kubernetes: Reader, target: FileServerTarget): Promise<FileServerObservation> {
  const [job, pods, ingress] = await Promise.all([
    readOwn(kubernetes, jobOf(target), target),
    podsOf(kubernetes, target),
    readOwn(kubernetes, servedOf(target), target),
  ]);
  return observeFileServer({ job, pods, ingress });
}

/** The user's file server of whichever creation the present job is. */
export async function findPresent(
  kubernetes: Reader,
  named: Named & Pick<FileServerTarget, 'routing'>,
): Promise<FileServerObservation> {
  const job = await ignoreNotFound(() => kubernetes.read(jobOf(named)));
  if (!job || fileServerUsername(job) !== named.username) return { job: null, pod: null, ingress: null };
  return readAll(kubernetes, { ...named, operationId: spawnIdOf(job), uids: {} });
}

/** An object of the user and the creation; null where there is none, or it is another one's. */
async function readOwn(
  kubernetes: Reader,
  reference: ObjectReference,
  { operationId, username }: Owner,
): Promise<KubernetesObject | null> {
  const object = await ignoreNotFound(() => kubernetes.read(reference));
  const isOwn = object && fileServerUsername(object) === username && spawnIdOf(object) === operationId;
  return isOwn ? object : null;
}

function podsOf(kubernetes: Reader, target: Named): Promise<readonly V1Pod[]> {
  return kubernetes.list(coreCollection('Pod', target.namespace), {
    labelSelector: `job-name=${fileServerName(target.username)}`,
  });
}

import type { KubernetesObject, V1Job, V1Pod } from '@kubernetes/client-node';
import type { FileServerObservation, IngressObservation, JobObservation } from '../../domain/file-server';
import { instant, ipAddress, listOf, objectOf, text } from './fields';
import { spawnIdOf } from './labels';
import { observePod } from './pod';

/** The objects of a user's file server, as a read or a list gives it; null for what does not exist. */
export interface FoundFileServer {
  readonly job: V1Job | null;
  /** The pods with the user's labels, also those of an earlier job. */
  readonly pods: readonly V1Pod[];
  /** The Ingress, also one that Gafaelfawr has made, or the HTTPRoute. */
  readonly ingress: KubernetesObject | null;
}

const condition = objectOf({ type: text, status: text });

const metadata = objectOf({
  uid: text,
  creationTimestamp: instant,
  deletionTimestamp: instant,
  ownerReferences: listOf(objectOf({ uid: text })),
});

const jobFields = objectOf({ metadata, status: objectOf({ conditions: listOf(condition) }) });

const podMetadata = objectOf({ metadata });

const ingressFields = objectOf({
  metadata,
  status: objectOf({
    loadBalancer: objectOf({ ingress: listOf(objectOf({ ip: ipAddress, hostname: text })) }),
    parents: listOf(objectOf({ conditions: listOf(condition) })),
  }),
});

type Conditions = readonly NonNullable<ReturnType<typeof condition>>[];

const holds = (conditions: Conditions | undefined, ...types: readonly string[]): boolean =>
  (conditions ?? []).some(({ type = '', status }) => status === 'True' && types.includes(type));

/** Reads of a job whose it is and how it has ended. Its last pods may run on for a moment after that. */
export function observeJob(object: V1Job): JobObservation {
  const job = jobFields(object) ?? {};
  const { conditions } = job.status ?? {};
  const hasFailed = holds(conditions, 'Failed', 'FailureTarget');
  const hasSucceeded = holds(conditions, 'Complete', 'SuccessCriteriaMet');
  return {
    uid: job.metadata?.uid ?? '',
    spawnId: spawnIdOf(object),
    isDeleting: job.metadata?.deletionTimestamp !== undefined,
    end: hasFailed ? 'failed' : hasSucceeded ? 'succeeded' : null,
  };
}

/** Reads of an Ingress or an HTTPRoute whether requests arrive. */
export function observeIngress(object: KubernetesObject): IngressObservation {
  const { metadata, status } = ingressFields(object) ?? {};
  const addresses = status?.loadBalancer?.ingress ?? [];
  const address = addresses.flatMap(({ ip, hostname }) => ip ?? (hostname || [])).at(0) ?? null;
  const isAccepted = (status?.parents ?? []).some(({ conditions }) => holds(conditions, 'Accepted'));
  return {
    uid: metadata?.uid ?? '',
    spawnId: spawnIdOf(object),
    isDeleting: metadata?.deletionTimestamp !== undefined,
    address,
    isServed: address !== null || isAccepted,
  };
}

/** Of these pods the one of a job: by the UID of its owner, since pods of an earlier job have the same labels. */
export function podOfJob(job: V1Job, pods: readonly V1Pod[]): V1Pod | null {
  const { uid } = observeJob(job);
  const candidates = pods.map((pod) => ({ pod, fields: podMetadata(pod)?.metadata ?? {} }));
  const [newest] = candidates
    .filter(({ fields }) => uid !== '' && fields.ownerReferences?.some((owner) => owner.uid === uid))
    .toSorted(
      ({ fields: one }, { fields: other }) =>
        Number(one.deletionTimestamp !== undefined) - Number(other.deletionTimestamp !== undefined) ||
        (other.creationTimestamp?.getTime() ?? 0) - (one.creationTimestamp?.getTime() ?? 0),
    );
  return newest?.pod ?? null;
}

/** Reads the objects of a file server, of whatever controller. */
export function observeFileServer({ job, pods, ingress }: FoundFileServer): FileServerObservation {
  const pod = job && podOfJob(job, pods);
  return {
    job: job && observeJob(job),
    pod: pod && observePod(pod),
    ingress: ingress && observeIngress(ingress),
  };
}

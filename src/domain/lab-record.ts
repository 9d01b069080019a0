import type { LabRecord, Operation } from './lab';
import type { LabDesign } from './lab-plan';

/** The record of a lab whose spawn has just been accepted; `since` is an RFC 3339 instant. */
export function pendingRecord(plan: LabDesign, operation: Operation, since: string): LabRecord {
  const { username, name, uid, gid, groups } = plan.user;
  return {
    user: { username, name, uid, gid, groups },
    options: {
      image: plan.image.reference,
      size: plan.size,
      enableDebug: plan.enableDebug,
      resetUserEnv: plan.resetUserEnv,
    },
    namespace: plan.namespace,
    status: 'pending',
    internalUrl: null,
    resources: plan.resources,
    quota: plan.quota,
    failure: null,
    operation,
    ...(plan.hubTokenDigest === undefined ? {} : { hubTokenDigest: plan.hubTokenDigest }),
    since,
    startedAt: since,
    end: null,
  };
}

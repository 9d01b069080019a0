import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { KubernetesApi } from '../kubernetes-api';
import { isInit, pathOf, uidOf } from './pod';

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * Requests that a kubelet would send. They have preconditions, so that they never change a later pod of the same
 * name.
 */
export interface Reports {
  /** Updates the status; `patchFor` returns null when the current pod needs no change. */
  status(pod: V1Pod, patchFor: (current: V1Pod) => object | null): Promise<void>;
  /** Creates an event about a container of the pod. */
  event(pod: V1Pod, container: V1Container, event: PodEvent): Promise<void>;
  /** Deletes a pod whose container has ended. */
  remove(pod: V1Pod): Promise<void>;
}

/** @throws Error from all methods when the API server is unreachable or refuses. */
export function createReports(api: KubernetesApi): Reports {
  const send = async (allowed: readonly number[], ...request: Parameters<KubernetesApi['send']>) => {
    const answer = await api.send(...request);
    if (answer.status < 300 || allowed.includes(answer.status)) return answer;
    throw new Error(`${request[0]} ${request[1]} gave ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  return {
    async status(pod, patchFor) {
      for (;;) {
        const { status, body } = await send([404], 'GET', pathOf(pod));
        const current = body as V1Pod;
        if (status === 404 || uidOf(current) !== uidOf(pod)) return;
        const patch = patchFor(current);
        if (patch === null) return;
        const type = 'application/strategic-merge-patch+json';
        const answer = await send([404, 409], 'PATCH', `${pathOf(pod)}/status`, patch, type);
        if (answer.status !== 409) return;
      }
    },
    async event(pod, container, { type, reason, message }) {
      const { metadata, spec } = pod;
      const list = isInit(pod, container) ? 'initContainers' : 'containers';
      const now = new Date().toISOString();
      await send([403, 404], 'POST', `/api/v1/namespaces/${metadata?.namespace}/events`, {
        metadata: { generateName: `${metadata?.name}.`, namespace: metadata?.namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name: metadata?.name,
          namespace: metadata?.namespace,
          uid: metadata?.uid,
          fieldPath: `spec.${list}{${container.name}}`,
        },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
        source: { component: 'kubelet', host: spec?.nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: spec?.nodeName,
      });
    },
    async remove(pod) {
      const options = { gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } };
      await send([404, 409], 'DELETE', pathOf(pod), options);
    },
  };
}

import { eventTemplate, type PodEventTemplate, type StatusPatch, statusTemplate } from './templates';

/** One stage of a pod: its conditions and its changes. */
export interface PodStage {
  readonly name: string;
  /** jq conditions on the pod, all of which must hold; cheap ones first. */
  readonly when: readonly string[];
  readonly delayMs?: number;
  readonly delayFrom?: string;
  readonly events?: readonly PodEventTemplate[];
  readonly status?: StatusPatch;
  readonly isDeletion?: boolean;
}

/** A stage as a document for kwok's configuration file. */
export function stageDocument(stage: PodStage): object {
  const delay = {
    durationMilliseconds: stage.delayMs ?? 0,
    ...(stage.delayFrom ? { durationFrom: { jq: { expression: stage.delayFrom } } } : {}),
  };
  const steps = [
    ...(stage.events ?? []).map((template) => ({ apply: { template: eventTemplate(template) } })),
    ...(stage.status
      ? [{ patch: { subresource: 'status', root: 'status', template: statusTemplate(stage.status) } }]
      : []),
    ...(stage.isDeletion ? [{ delete: true }] : []),
  ];
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: `pod-${stage.name}` },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: {
        matchExpressions: [{ jq: { key: stage.when.join(' and '), operator: 'In', values: ['true'] } }],
      },
      delay,
      steps,
    },
  };
}

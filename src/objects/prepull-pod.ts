import type { V1Pod } from '@kubernetes/client-node';
import type { Toleration } from '../domain/node-eligibility';
import { commonLabels } from './labels';
import { podToleration, userSecurityContext } from './pod-spec';

/** The input of `prepullPod`. */
export interface PrepullPodInput {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  /** The image, with its digest. */
  readonly reference: string;
  /** Identifies the pull; a valid label value. */
  readonly id: string;
  readonly tolerations: readonly Toleration[];
  readonly pullSecret: string | null;
}

/** Not root, whatever user the image names: the command needs no rights. */
const NOBODY = { uid: 65_534, gid: 65_534 };

const RESOURCES = { cpu: '1m', memory: '16Mi' };

/** The pod that makes a node pull an image, which the kubelet does before it starts the container. */
export function prepullPod(input: PrepullPodInput): V1Pod {
  const { id, name, namespace, node, pullSecret, reference, tolerations } = input;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { ...commonLabels('prepuller', id) } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeName: node,
      restartPolicy: 'Never',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      ...(pullSecret === null ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      tolerations: tolerations.map(podToleration),
      containers: [
        {
          name: 'prepull',
          image: reference,
          command: ['/bin/true'],
          workingDir: '/tmp',
          resources: { limits: { ...RESOURCES }, requests: { ...RESOURCES } },
          securityContext: userSecurityContext({ dropCapabilities: 'ALL' }, NOBODY),
        },
      ],
    },
  };
}

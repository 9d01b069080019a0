import type { V1Pod } from '@kubernetes/client-node';
import type { Toleration } from '../domain/node-eligibility';
import { podToleration } from './lab/pod';
import { userSecurityContext } from './lab/security';
import { prepullMetadata } from './labels';

/** What a pod that pulls an image is made of. */
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

/** Anybody but root: what it runs needs no rights, and images may say root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

const RESOURCES = { cpu: '1m', memory: '16Mi' };

/** The pod that makes a node pull an image: it is there for what happens before its container runs. */
export function prepullPod(input: PrepullPodInput): V1Pod {
  const { id, name, namespace, node, pullSecret, reference, tolerations } = input;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: prepullMetadata(id, name, namespace),
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

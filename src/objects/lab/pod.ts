import type { V1Affinity, V1Pod, V1Toleration } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { PULL_SECRET_NAME, podName } from '../../domain/names';
import type { PosixUser } from '../../domain/user';
import {
  HUB_TOKEN_DIGEST_ANNOTATION,
  labPodMetadata,
  USER_GROUPS_ANNOTATION,
  USER_NAME_ANNOTATION,
} from '../labels';
import { automaticVolumes } from './automatic-volumes';
import { initContainers, labContainer } from './containers';
import { type LabObjectsInput, labIdentity } from './input';
import { podSecurityContext } from './security';
import { configuredVolumes } from './volumes';

function userAnnotations({ groups, name }: PosixUser): Record<string, string> {
  return {
    [USER_GROUPS_ANNOTATION]: JSON.stringify(groups.map(({ name, id }) => ({ name, id }))),
    ...(name === null ? {} : { [USER_NAME_ANNOTATION]: name }),
  };
}

/** A toleration as Kubernetes takes it: it refuses seconds without the effect NoExecute. */
export function podToleration(toleration: Config['lab']['tolerations'][number]): V1Toleration {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  return {
    ...(key === null ? {} : { key }),
    operator,
    ...(value === null ? {} : { value }),
    ...(effect === null ? {} : { effect }),
    ...(tolerationSeconds === null || effect !== 'NoExecute' ? {} : { tolerationSeconds }),
  };
}

function placement({ affinity, nodeSelector, tolerations }: Config['lab']) {
  return {
    ...(affinity === null ? {} : { affinity: structuredClone<V1Affinity>(affinity) }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector: { ...nodeSelector } }),
    tolerations: tolerations.map(podToleration),
  };
}

/** The lab's pod. */
export function labPod(input: LabObjectsInput): V1Pod {
  const { config, plan } = input;
  const { hubTokenDigest, namespace, user } = plan;
  const {
    [USER_NAME_ANNOTATION]: _name,
    [USER_GROUPS_ANNOTATION]: _groups,
    [HUB_TOKEN_DIGEST_ANNOTATION]: _digest,
    ...extraAnnotations
  } = config.lab.extraAnnotations;
  const annotations = {
    ...extraAnnotations,
    ...userAnnotations(user),
    ...(hubTokenDigest === undefined ? {} : { [HUB_TOKEN_DIGEST_ANNOTATION]: hubTokenDigest }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: labPodMetadata(labIdentity(input), podName(user.username), namespace, annotations),
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'OnFailure',
      securityContext: podSecurityContext(config.lab.podSecurity, user),
      ...(config.lab.pullSecret === null ? {} : { imagePullSecrets: [{ name: PULL_SECRET_NAME }] }),
      ...placement(config.lab),
      initContainers: initContainers(input),
      containers: [labContainer(input)],
      volumes: [...configuredVolumes(input), ...automaticVolumes(input)],
    },
  };
}

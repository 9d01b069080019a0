import type { V1ObjectMeta, V1Pod } from '@kubernetes/client-node';
import { userLabelValue } from '../../domain/lab-key';
import { PULL_SECRET_NAME } from '../../domain/names';
import type { PosixUser } from '../../domain/user';
import { HUB_TOKEN_DIGEST_ANNOTATION, USER_GROUPS_ANNOTATION, USER_NAME_ANNOTATION } from '../labels';
import { placement, podSecurityContext } from '../pod-spec';
import { automaticVolumes } from './automatic-volumes';
import { initContainers, labContainer } from './containers';
import { type LabObjectSet, metadataOf } from './input';
import { configuredVolumes } from './volumes';

function userAnnotations({ groups, name }: PosixUser): Record<string, string> {
  return {
    [USER_GROUPS_ANNOTATION]: JSON.stringify(groups.map(({ name, id }) => ({ name, id }))),
    ...(name === null ? {} : { [USER_NAME_ANNOTATION]: name }),
  };
}

/** The username, where JupyterHub's dashboards and tools look for it: as label and as annotation. */
const HUB_USERNAME = 'hub.jupyter.org/username';

/**
 * The metadata of the pod: that of the set, the user's identity for recovery, and what KubeSpawner puts on servers. Not
 * its label `app: jupyterhub`, by which network policies admit the hub to every lab.
 */
function podMetadata(set: LabObjectSet): V1ObjectMeta {
  const { hubTokenDigest, user } = set.plan;
  const {
    [USER_NAME_ANNOTATION]: _name,
    [USER_GROUPS_ANNOTATION]: _groups,
    [HUB_TOKEN_DIGEST_ANNOTATION]: _digest,
    ...extraAnnotations
  } = set.config.lab.extraAnnotations;
  const metadata = metadataOf(set, set.names.pod, {
    ...extraAnnotations,
    ...userAnnotations(user),
    ...(hubTokenDigest === undefined ? {} : { [HUB_TOKEN_DIGEST_ANNOTATION]: hubTokenDigest }),
    [HUB_USERNAME]: user.username,
  });
  const hubLabels = { component: 'singleuser-server', [HUB_USERNAME]: userLabelValue(user.username) };
  return { ...metadata, labels: { ...metadata.labels, ...hubLabels } };
}

/** The lab's pod. */
export function labPod(set: LabObjectSet): V1Pod {
  const { config, plan } = set;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: podMetadata(set),
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'OnFailure',
      securityContext: podSecurityContext(config.lab.podSecurity, plan.user),
      ...(config.lab.pullSecret === null ? {} : { imagePullSecrets: [{ name: PULL_SECRET_NAME }] }),
      ...placement(config.lab),
      initContainers: initContainers(set),
      containers: [labContainer(set)],
      volumes: [...configuredVolumes(set), ...automaticVolumes(set)],
    },
  };
}

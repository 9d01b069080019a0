import {
  COMPONENTS,
  type Component,
  GATEWAY_API,
  HELM,
  HELM_4,
  NETWORK_POLICY_API,
  POSTGRESQL,
  POSTGRESQL_CLIENTS,
  REGISTRY,
  TEMPORAL_SERVER,
  TEMPORAL_SQL_TOOL,
} from './components';
import { HUB_VERSIONS, hubComponents, k8sHubComponents } from './jupyterhub/components';

const identity = ({ name, version }: Component): string => `${name}-${version}`;

/** Everything that tests run. One test alone builds what it needs of it. */
export function allComponents(): Component[] {
  const components = [
    ...COMPONENTS,
    HELM,
    HELM_4,
    TEMPORAL_SERVER,
    TEMPORAL_SQL_TOOL,
    GATEWAY_API,
    NETWORK_POLICY_API,
    REGISTRY,
    POSTGRESQL,
    POSTGRESQL_CLIENTS,
    ...HUB_VERSIONS.flatMap((version) => hubComponents('full', version)),
    ...k8sHubComponents(),
  ];
  const identities = components.map(identity);
  return components.filter((component, index) => identities.indexOf(identity(component)) === index);
}

import type { V1Container, V1EnvVar, V1SecurityContext, V1VolumeMount } from '@kubernetes/client-node';
import { LAB_PORT } from '../../domain/lab-address';
import {
  LAB_CONTAINER_NAME,
  STANDARD_INIT_CONTAINERS,
  STARTUP_DIRECTORY,
  STARTUP_DIRECTORY_VARIABLE,
} from '../../domain/names';
import { containerResources, userSecurityContext } from '../pod-spec';
import { configuredMounts } from '../volumes';
import { automaticMounts } from './automatic-volumes';
import type { LabObjectSet } from './input';
import { homeDirectory } from './nss';
import { hubSecretVariables, secretVariables } from './secrets';
import {
  inithomeSecurityContext,
  isPrivileged,
  privilegedSecurityContext,
  privilegedVariables,
} from './security';

function nodeNameVariables({ config }: LabObjectSet): V1EnvVar[] {
  const names = ['KUBERNETES_NODE_NAME', ...(config.lab.legacyImageEnv ? ['K8S_NODE_NAME'] : [])];
  return names.map((name) => ({ name, valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }));
}

function environmentSource({ names }: LabObjectSet): V1Container['envFrom'] {
  return [{ configMapRef: { name: names.environment } }];
}

const labMounts = (set: LabObjectSet, startup: 'read-only' | 'writable'): V1VolumeMount[] => [
  ...configuredMounts(set.config.lab.volumeMounts),
  ...automaticMounts(set, startup),
];

/** The container that runs the user's Jupyter server. */
export function labContainer(set: LabObjectSet): V1Container {
  const { config, plan } = set;
  return {
    name: LAB_CONTAINER_NAME,
    image: plan.image.reference,
    imagePullPolicy: 'IfNotPresent',
    ...(config.lab.labStartCommand.length === 0 ? {} : { args: [...config.lab.labStartCommand] }),
    workingDir: homeDirectory(config.lab, plan.user.username),
    ports: [{ containerPort: LAB_PORT, name: 'jupyterlab' }],
    envFrom: environmentSource(set),
    env: [...secretVariables(set), ...hubSecretVariables(set), ...nodeNameVariables(set)],
    resources: containerResources(plan.resources),
    securityContext: userSecurityContext(config.lab.podSecurity, plan.user),
    volumeMounts: labMounts(set, 'read-only'),
  };
}

/** The properties in which init containers differ. */
interface InitContainer {
  readonly name: string;
  readonly image: LabObjectSet['config']['supportImage'];
  readonly command: readonly string[] | null;
  readonly securityContext: V1SecurityContext;
  readonly mounts: V1VolumeMount[];
  /** Further variables of an unprivileged container. */
  readonly variables?: V1EnvVar[];
}

/** The program of init containers in the controller's image; an absolute path, so that `PATH` is not searched. */
const PROGRAM = '/usr/local/bin/nublado';

/** The variables of an init container. Those of the user are given only to a container without further rights. */
function initEnvironment(
  set: LabObjectSet,
  { securityContext, variables = [] }: InitContainer,
): Pick<V1Container, 'env' | 'envFrom'> {
  const { config, plan } = set;
  const own = {
    NUBLADO_HOME: homeDirectory(config.lab, plan.user.username),
    NUBLADO_UID: String(plan.user.uid),
    NUBLADO_GID: String(plan.user.gid),
  };
  if (isPrivileged(securityContext)) return { env: privilegedVariables(config.lab, own) };
  const named = Object.entries(own).map(([name, value]) => ({ name, value }));
  return { envFrom: environmentSource(set), env: [...named, ...variables] };
}

function initContainer(set: LabObjectSet, definition: InitContainer): V1Container {
  const { name, image, command, securityContext, mounts } = definition;
  return {
    name,
    image: `${image.repository}:${image.tag}`,
    imagePullPolicy: image.pullPolicy,
    ...(command === null ? {} : { command: [...command] }),
    ...initEnvironment(set, definition),
    resources: containerResources(set.plan.resources),
    securityContext,
    volumeMounts: mounts,
  };
}

function standardContainer(
  set: LabObjectSet,
  step: 'inithome' | 'landingpage' | 'startup',
  definition: Omit<InitContainer, 'image' | 'command' | 'name'>,
): V1Container {
  const name = STANDARD_INIT_CONTAINERS[step];
  const image = set.config.supportImage;
  return initContainer(set, { name, image, command: [PROGRAM, step], ...definition });
}

/** The variable for another directory than the default of the start-up container. */
function startupVariables({ mountPaths }: LabObjectSet['config']['lab']): V1EnvVar[] {
  const value = mountPaths.startup;
  return value === STARTUP_DIRECTORY ? [] : [{ name: STARTUP_DIRECTORY_VARIABLE, value }];
}

/** The init containers of a lab, in the order in which they run. */
export function initContainers(set: LabObjectSet): V1Container[] {
  const { lab } = set.config;
  const asUser = () => userSecurityContext(lab.podSecurity, set.plan.user);
  const inithome = () =>
    standardContainer(set, 'inithome', {
      securityContext: inithomeSecurityContext(lab.podSecurity),
      mounts: configuredMounts(
        lab.volumeMounts.filter(({ volumeName }) => volumeName === lab.homeVolumeName),
      ),
    });
  const landingPage = () =>
    standardContainer(set, 'landingpage', {
      securityContext: asUser(),
      mounts: labMounts(set, 'writable'),
    });
  const startup = () =>
    standardContainer(set, 'startup', {
      securityContext: asUser(),
      mounts: labMounts(set, 'writable'),
      variables: [...startupVariables(lab), ...secretVariables(set)],
    });
  return [
    ...(lab.standardInithome ? [inithome()] : []),
    ...lab.initContainers.map(({ name, image, command, privileged, volumeMounts }) =>
      initContainer(set, {
        name,
        image,
        command,
        securityContext: privileged ? privilegedSecurityContext() : asUser(),
        mounts: configuredMounts(volumeMounts),
      }),
    ),
    ...(lab.env.RSP_SITE_TYPE === 'science' ? [landingPage()] : []),
    ...(lab.standardStartup ? [startup()] : []),
  ];
}

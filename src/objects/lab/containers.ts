import type { V1Container, V1EnvVar, V1SecurityContext, V1VolumeMount } from '@kubernetes/client-node';
import { LAB_PORT } from '../../domain/lab-url';
import {
  environmentConfigMapName,
  LAB_CONTAINER_NAME,
  STANDARD_INIT_CONTAINERS,
  STARTUP_DIRECTORY,
  STARTUP_DIRECTORY_VARIABLE,
} from '../../domain/names';
import { containerResources } from '../amounts';
import { automaticMounts } from './automatic-volumes';
import { homeDirectory } from './home';
import type { LabObjectsInput } from './input';
import { privilegedVariables } from './privileged-variables';
import { hubSecretVariables, secretVariables } from './secrets';
import {
  inithomeSecurityContext,
  isPrivileged,
  privilegedSecurityContext,
  userSecurityContext,
} from './security';
import { configuredMounts } from './volumes';

function nodeNameVariables({ config }: LabObjectsInput): V1EnvVar[] {
  const names = ['KUBERNETES_NODE_NAME', ...(config.lab.legacyImageEnv ? ['K8S_NODE_NAME'] : [])];
  return names.map((name) => ({ name, valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }));
}

function environmentSource({ plan }: LabObjectsInput): V1Container['envFrom'] {
  return [{ configMapRef: { name: environmentConfigMapName(plan.user.username) } }];
}

const labMounts = (input: LabObjectsInput, startup: 'read-only' | 'writable'): V1VolumeMount[] => [
  ...configuredMounts(input.config.lab.volumeMounts),
  ...automaticMounts(input, startup),
];

/** The container that runs the user's Jupyter server. */
export function labContainer(input: LabObjectsInput): V1Container {
  const { config, plan } = input;
  return {
    name: LAB_CONTAINER_NAME,
    image: plan.image.reference,
    imagePullPolicy: 'IfNotPresent',
    ...(config.lab.labStartCommand.length === 0 ? {} : { args: [...config.lab.labStartCommand] }),
    workingDir: homeDirectory(config.lab, plan.user.username),
    ports: [{ containerPort: LAB_PORT, name: 'jupyterlab' }],
    envFrom: environmentSource(input),
    env: [...secretVariables(input), ...hubSecretVariables(input), ...nodeNameVariables(input)],
    resources: containerResources(plan.resources),
    securityContext: userSecurityContext(config.lab.podSecurity, plan.user),
    volumeMounts: labMounts(input, 'read-only'),
  };
}

/** What tells one init container from another. */
interface InitContainer {
  readonly name: string;
  readonly image: LabObjectsInput['config']['supportImage'];
  readonly command: readonly string[] | null;
  readonly securityContext: V1SecurityContext;
  readonly mounts: V1VolumeMount[];
  /** Variables of an unprivileged container besides those that all have. */
  readonly variables?: V1EnvVar[];
}

/** The program of init containers in the controller's image: absolute, so that no `PATH` decides what runs. */
const PROGRAM = '/usr/local/bin/nublado';

/** The variables of an init container: the user's own ones only where it has no more rights than the user. */
function initEnvironment(
  input: LabObjectsInput,
  { securityContext, variables = [] }: InitContainer,
): Pick<V1Container, 'env' | 'envFrom'> {
  const { config, plan } = input;
  const own = {
    NUBLADO_HOME: homeDirectory(config.lab, plan.user.username),
    NUBLADO_UID: String(plan.user.uid),
    NUBLADO_GID: String(plan.user.gid),
  };
  if (isPrivileged(securityContext)) return { env: privilegedVariables(config.lab, own) };
  const named = Object.entries(own).map(([name, value]) => ({ name, value }));
  return { envFrom: environmentSource(input), env: [...named, ...variables] };
}

function initContainer(input: LabObjectsInput, definition: InitContainer): V1Container {
  const { name, image, command, securityContext, mounts } = definition;
  return {
    name,
    image: `${image.repository}:${image.tag}`,
    imagePullPolicy: image.pullPolicy,
    ...(command === null ? {} : { command: [...command] }),
    ...initEnvironment(input, definition),
    resources: containerResources(input.plan.resources),
    securityContext,
    volumeMounts: mounts,
  };
}

function standardContainer(
  input: LabObjectsInput,
  step: 'inithome' | 'landingpage' | 'startup',
  definition: Omit<InitContainer, 'image' | 'command' | 'name'>,
): V1Container {
  const name = STANDARD_INIT_CONTAINERS[step];
  const image = input.config.supportImage;
  return initContainer(input, { name, image, command: [PROGRAM, step], ...definition });
}

/** Where the start-up container writes, if not where it does by itself. */
function startupVariables({ mountPaths }: LabObjectsInput['config']['lab']): V1EnvVar[] {
  const value = mountPaths.startup;
  return value === STARTUP_DIRECTORY ? [] : [{ name: STARTUP_DIRECTORY_VARIABLE, value }];
}

/** The containers that prepare a lab, in the order they run. */
export function initContainers(input: LabObjectsInput): V1Container[] {
  const { lab } = input.config;
  const asUser = () => userSecurityContext(lab.podSecurity, input.plan.user);
  const inithome = () =>
    standardContainer(input, 'inithome', {
      securityContext: inithomeSecurityContext(lab.podSecurity),
      mounts: configuredMounts(
        lab.volumeMounts.filter(({ volumeName }) => volumeName === lab.homeVolumeName),
      ),
    });
  const landingPage = () =>
    standardContainer(input, 'landingpage', {
      securityContext: asUser(),
      mounts: labMounts(input, 'writable'),
    });
  const startup = () =>
    standardContainer(input, 'startup', {
      securityContext: asUser(),
      mounts: labMounts(input, 'writable'),
      variables: [...startupVariables(lab), ...secretVariables(input)],
    });
  return [
    ...(lab.standardInithome ? [inithome()] : []),
    ...lab.initContainers.map(({ name, image, command, privileged, volumeMounts }) =>
      initContainer(input, {
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

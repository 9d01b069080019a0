import type { V1Container, V1EnvVar, V1SecurityContext, V1VolumeMount } from '@kubernetes/client-node';
import { LAB_PORT } from '../../domain/lab-address';
import {
  AUTOMATIC_VOLUMES,
  LAB_CONTAINER_NAME,
  STANDARD_INIT_CONTAINERS,
  STARTUP_DIRECTORY,
  STARTUP_DIRECTORY_VARIABLE,
} from '../../domain/names';
import { renderTemplate } from '../../domain/template';
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
  /** Whether an unprivileged container gets the variables of the lab, with those of the request; true by default. */
  readonly hasLabVariables?: boolean;
}

/** The program of init containers in the controller's image; an absolute path, so that `PATH` is not searched. */
const PROGRAM = '/usr/local/bin/nublado';

/** The variables of an init container. Those of the user are given only to a container without further rights. */
function initEnvironment(
  set: LabObjectSet,
  { hasLabVariables = true, securityContext, variables = [] }: InitContainer,
): Pick<V1Container, 'env' | 'envFrom'> {
  const { config, plan } = set;
  const own = {
    NUBLADO_HOME: homeDirectory(config.lab, plan.user.username),
    NUBLADO_UID: String(plan.user.uid),
    NUBLADO_GID: String(plan.user.gid),
  };
  if (isPrivileged(securityContext)) return { env: privilegedVariables(config.lab, own) };
  const named = Object.entries(own).map(([name, value]) => ({ name, value }));
  const source = hasLabVariables ? { envFrom: environmentSource(set) } : {};
  return { ...source, env: [...named, ...variables] };
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
  step: keyof typeof STANDARD_INIT_CONTAINERS,
  definition: Omit<InitContainer, 'image' | 'command' | 'name'>,
  options: readonly string[] = [],
): V1Container {
  const name = STANDARD_INIT_CONTAINERS[step];
  const image = set.config.supportImage;
  return initContainer(set, { name, image, command: [PROGRAM, step, ...options], ...definition });
}

type HomeSpace = NonNullable<LabObjectSet['config']['lab']['homeSpace']>;

/** The options of the container that checks the home directory. */
function homeCheckOptions({ config, plan }: LabObjectSet, checked: HomeSpace): string[] {
  const { mountPaths, standardStartup } = config.lab;
  const { minimumFree, minimumFreeFiles, quotaFile, quotaFileMaxAgeMs, warnBelow, warnBelowFiles } = checked;
  const values: readonly (readonly [option: string, value: string | number | undefined])[] = [
    ['minimum-free', minimumFree],
    ['minimum-free-files', minimumFreeFiles],
    ['warn-below', warnBelow],
    ['warn-below-files', warnBelowFiles],
    ['quota-file', quotaFile === null ? undefined : renderTemplate(quotaFile, plan.user)],
    ['quota-max-age', quotaFile === null ? undefined : Math.ceil(quotaFileMaxAgeMs / 1000)],
    ['files-url', plan.filesUrl],
    ['startup-dir', standardStartup ? mountPaths.startup : undefined],
  ];
  return [
    // The kubelet replaces `$(NAME)` in commands too.
    ...values.flatMap(([option, value]) =>
      value === undefined ? [] : [`--${option}=${String(value).replaceAll('$', '$$$$')}`],
    ),
    ...(checked.whenFull === 'warn' || plan.startFull ? ['--start-full'] : []),
    ...(standardStartup ? ['--empty-caches'] : []),
  ];
}

/** The variable for another directory than the default of the start-up container. */
function startupVariables({ mountPaths }: Pick<LabObjectSet['config']['lab'], 'mountPaths'>): V1EnvVar[] {
  const value = mountPaths.startup;
  return value === STARTUP_DIRECTORY ? [] : [{ name: STARTUP_DIRECTORY_VARIABLE, value }];
}

/** The variable for the container that makes the landing page, where it may have to show a notice. */
function noticeVariables({ homeSpace, standardStartup, ...lab }: LabObjectSet['config']['lab']): V1EnvVar[] {
  return homeSpace !== null && standardStartup ? startupVariables(lab) : [];
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
  const homeCheck = (checked: HomeSpace) =>
    standardContainer(
      set,
      'homecheck',
      {
        securityContext: asUser(),
        mounts: [
          ...configuredMounts(lab.volumeMounts),
          ...automaticMounts(set, 'writable').filter(({ name }) => name === AUTOMATIC_VOLUMES.startup),
        ],
        hasLabVariables: false,
      },
      homeCheckOptions(set, checked),
    );
  const landingPage = () =>
    standardContainer(set, 'landingpage', {
      securityContext: asUser(),
      mounts: labMounts(set, 'writable'),
      variables: noticeVariables(lab),
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
    ...(lab.homeSpace === null ? [] : [homeCheck(lab.homeSpace)]),
    ...(lab.env.RSP_SITE_TYPE === 'science' ? [landingPage()] : []),
    ...(lab.standardStartup ? [startup()] : []),
  ];
}

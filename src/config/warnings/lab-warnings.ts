import { STARTUP_DIRECTORY } from '../../domain/names';
import type { Finding } from '../diagnostics';
import { repeated } from '../diagnostics';
import { configuredVariables } from '../rules/lab-rules';
import { automaticMounts, configuredMounts, isBelow } from '../rules/volume-rules';
import type { LabFields } from '../schema/lab';
import { normalisedPath } from '../schema/volumes';

const DISCOURAGED_VARIABLES: readonly string[] = [
  'NUBLADO_TOKEN',
  'K8S_NODE_NAME',
  'JUPYTERLAB_CONFIG_DIR',
  'JUPYTERLAB_START_COMMAND',
  'NUBLADO_RUNTIME_MOUNTS_DIR',
  'REPERTOIRE_BASE_URL',
];

function replacedVariables(lab: LabFields): Finding[] {
  return configuredVariables(lab).flatMap(({ name, path }): Finding[] =>
    DISCOURAGED_VARIABLES.includes(name)
      ? [
          {
            path,
            value: `"${name}"`,
            ...(name === 'NUBLADO_TOKEN' || name === 'K8S_NODE_NAME'
              ? {
                  rule: 'no-effect' as const,
                  message: `"${name}" has no effect where the controller sets it for the container`,
                  remedy: 'Remove it, or use another name.',
                }
              : {
                  rule: 'unusual' as const,
                  message: `"${name}" replaces what the controller sets`,
                  remedy: 'Remove it unless labs really need another value.',
                }),
          },
        ]
      : [],
  );
}

function nestedMounts(lab: LabFields): Finding[] {
  const automatic = automaticMounts(lab);
  return configuredMounts(lab.volumeMounts, ['volumeMounts']).flatMap(({ path, key }): Finding[] => {
    const other = automatic.find((mount) => isBelow(path, mount.path) || isBelow(mount.path, path));
    if (!other) return [];
    return [
      {
        path: key,
        value: `"${path}"`,
        rule: 'unusual',
        message: `"${path}" is nested with ${other.what} at ${other.path}`,
        remedy: 'Mount the volume elsewhere, or move the automatic mount with lab.mountPaths.',
      },
    ];
  });
}

/** Automatic mounts that hide one another; they may lie within `runtimeMountsDir` side by side. */
function hiddenAutomaticMounts(lab: LabFields): Finding[] {
  const automatic = automaticMounts(lab);
  return automatic.flatMap(({ path, key, what }): Finding[] => {
    const hidden = automatic.find((other) => isBelow(other.path, path));
    if (!hidden) return [];
    return [
      {
        path: key,
        value: `"${path}"`,
        rule: 'unusual',
        message: `"${path}", where ${what} goes, is above ${hidden.what} at ${hidden.path}`,
        remedy: 'Move one of the two, so that neither hides the other.',
      },
    ];
  });
}

function repeatedSecretVariables({ secrets }: LabFields): Finding[] {
  return repeated(secrets.map(({ env }) => env)).flatMap(({ value, index }): Finding[] =>
    value === null
      ? []
      : [
          {
            path: ['secrets', index, 'env'],
            value: `"${value}"`,
            rule: 'duplicate',
            message: `"${value}" is set by an earlier secret too; this one counts`,
            remedy: 'Use a variable of its own for each value.',
          },
        ],
  );
}

function homeMount(lab: LabFields): Finding[] {
  const { homeVolumeName, homedirPrefix, homedirSchema, homedirSuffix, volumeMounts } = lab;
  const isMounted = volumeMounts.some(({ volumeName }) => volumeName === homeVolumeName);
  const initial = homedirSchema === 'username' ? '' : '/u';
  const sample = normalisedPath(`${homedirPrefix}${initial}/user/${homedirSuffix}`);
  const isCovered = configuredMounts(volumeMounts, []).some(
    ({ path }) => path === sample || isBelow(sample, path),
  );
  const unmounted: Finding = {
    path: ['homeVolumeName'],
    value: `"${homeVolumeName}"`,
    rule: 'no-effect',
    message: `"${homeVolumeName}" is not mounted in labs`,
    remedy: 'Add a mount of that volume to lab.volumeMounts.',
  };
  const uncovered: Finding = {
    path: ['homedirPrefix'],
    value: `"${homedirPrefix}"`,
    rule: 'unusual',
    message: `"${homedirPrefix}" is not inside any mounted volume`,
    remedy: 'Mount a volume there; the root file system of labs is read-only.',
  };
  return [...(isMounted ? [] : [unmounted]), ...(isCovered ? [] : [uncovered])];
}

interface Entry {
  readonly name: string;
  readonly id: number;
}

function baseEntries(base: string): Entry[] {
  return base
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
    .map((fields) => ({ name: fields[0] ?? '', id: Number(fields[2]) }));
}

function clashing(extras: readonly Entry[], base: string): Entry[] {
  return extras.filter((extra, index) =>
    [...baseEntries(base), ...extras.slice(0, index)].some(
      (other) => other.name === extra.name || other.id === extra.id,
    ),
  );
}

/** Names of extra users and of extra groups whose name or id the base text or an earlier extra has too. */
function nssClashes(config: LabFields['nss']): { users: string[]; groups: string[] } {
  const users = config.extraUsers.map(({ name, uid }) => ({ name, id: uid }));
  const groups = config.extraGroups.map(({ name, gid }) => ({ name, id: gid }));
  return {
    users: clashing(users, config.basePasswd).map(({ name }) => name),
    groups: clashing(groups, config.baseGroup).map(({ name }) => name),
  };
}

const clash = (key: string, name: string): Finding => ({
  path: ['nss', key],
  value: `"${name}"`,
  rule: 'conflict',
  message: `"${name}" has a name or id that the base text or an earlier entry has too`,
  remedy: 'Give each entry a name and an ID of its own.',
});

function clashes({ nss }: LabFields): Finding[] {
  const { users, groups } = nssClashes(nss);
  return [
    ...users.map((name) => clash('extraUsers', name)),
    ...groups.map((name) => clash('extraGroups', name)),
  ];
}

function startupPath({ mountPaths }: LabFields): Finding[] {
  if (mountPaths.startup === STARTUP_DIRECTORY) return [];
  return [
    {
      path: ['mountPaths', 'startup'],
      value: `"${mountPaths.startup}"`,
      rule: 'unusual',
      message: `"${mountPaths.startup}" is not where current lab images look`,
      remedy: 'Leave the key out unless all your images look there.',
    },
  ];
}

/** Informs about the spawn timeout, since that of the hub, which must be longer, is unknown here. */
function hubTimeout({ spawnTimeoutMs }: LabFields): Finding {
  const seconds = spawnTimeoutMs / 1000;
  return {
    path: ['spawnTimeout'],
    value: `${seconds}s`,
    rule: 'information',
    message: `spawns may take ${seconds}s`,
    remedy: `Set the hub's Spawner.start_timeout and the ingress's time-outs to more than ${seconds} seconds.`,
  };
}

/** Tolerations with a `tolerationSeconds` that has no effect. */
export function ineffectiveTolerations(
  tolerations: LabFields['tolerations'],
  path: readonly PropertyKey[],
): Finding[] {
  return tolerations.flatMap(({ tolerationSeconds, effect }, index): Finding[] =>
    tolerationSeconds !== null && effect !== 'NoExecute'
      ? [
          {
            path: [...path, index, 'tolerationSeconds'],
            value: String(tolerationSeconds),
            rule: 'no-effect',
            message: `${tolerationSeconds} is left out; it needs the effect NoExecute`,
            remedy: 'Remove the key, or give the effect NoExecute.',
          },
        ]
      : [],
  );
}

/** Warnings about a usable `lab` section. */
export function labWarnings(lab: LabFields): Finding[] {
  return [
    ...replacedVariables(lab),
    ...nestedMounts(lab),
    ...hiddenAutomaticMounts(lab),
    ...repeatedSecretVariables(lab),
    ...homeMount(lab),
    ...ineffectiveTolerations(lab.tolerations, ['tolerations']),
    ...clashes(lab),
    ...startupPath(lab),
  ];
}

/** Information about a `lab` section. */
export const labInformation = (lab: LabFields): Finding[] => [hubTimeout(lab)];

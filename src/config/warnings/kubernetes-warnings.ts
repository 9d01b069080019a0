import type { FileConfig } from '../config-file';
import type { Finding } from '../diagnostics';

const QUALIFIED_NAME =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const QUANTITY = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/;
const VARIABLE = /^(?!\.\.|\.$)[-.\w]{1,253}$/;
const MAX_NAME_LENGTH = 63;

type Keyed = readonly (readonly [path: readonly PropertyKey[], text: string, rule: string])[];

const keysOf = (map: Readonly<Record<string, string>>, path: readonly PropertyKey[], rule: string): Keyed =>
  Object.keys(map).map((key) => [[...path, key], key, rule]);

const refused = (texts: Keyed, isAccepted: (text: string) => boolean): Finding[] =>
  texts.flatMap(([path, text, rule]): Finding[] =>
    isAccepted(text)
      ? []
      : [
          {
            path,
            value: JSON.stringify(text),
            rule: 'value',
            message: `${JSON.stringify(text)} is not ${rule}; Kubernetes will refuse it`,
            remedy: `Give ${rule}.`,
          },
        ],
  );

const longNames = (names: readonly { readonly name: string }[], path: readonly PropertyKey[]): Finding[] =>
  refused(
    names.map(({ name }, index) => [[...path, index, 'name'], name, 'a name of at most 63 characters']),
    (name) => name.length <= MAX_NAME_LENGTH,
  );

function claims(config: FileConfig): Finding[] {
  return allVolumes(config).flatMap(({ source, path }) => {
    if (source.type !== 'persistentVolumeClaim') return [];
    const { requests } = source.resources;
    const amounts = Object.entries(requests).map(
      ([name, amount]) =>
        [[...path, 'source', 'resources', 'requests', name], amount, 'a Kubernetes quantity'] as const,
    );
    const modes =
      source.accessModes.length === 0
        ? [[[...path, 'source', 'accessModes'], '[]', 'a list with a mode'] as const]
        : [];
    return [...refused(amounts, (amount) => QUANTITY.test(amount)), ...refused(modes, () => false)];
  });
}

function subPaths(config: FileConfig): Finding[] {
  const given = allMounts(config).map(
    ({ subPath, path }) => [[...path, 'subPath'], subPath ?? '', 'a relative path without ..'] as const,
  );
  return refused(given, (path) => !path.startsWith('/') && !path.split('/').includes('..'));
}

/** Names of Argo CD applications, which become values of labels. */
function applicationsOf({ lab, fileserver }: FileConfig): Keyed {
  const what = 'the value of a label';
  const servers = fileserver.enabled ? (fileserver.application ?? '') : '';
  return [
    [['lab', 'application'], lab.application ?? '', what],
    [['fileserver', 'application'], servers, what],
  ];
}

/**
 * What the API server, or a node, would refuse once a lab is made of it. The checks are looser than
 * Kubernetes' own where those depend on its version.
 */
export function kubernetesWarnings(config: FileConfig): Finding[] {
  const { lab, fileserver, fsadmin } = config;
  const pods = [
    { path: ['lab'], placed: lab },
    ...(fileserver.enabled ? [{ path: ['fileserver'], placed: fileserver }] : []),
    { path: ['fsadmin'], placed: fsadmin },
  ];
  const names = [
    ...keysOf(lab.labels, ['lab', 'labels'], 'the key of a label'),
    ...keysOf(lab.namespaceAnnotations, ['lab', 'namespaceAnnotations'], 'the key of an annotation'),
    ...pods.flatMap(({ path, placed }) => [
      ...keysOf(placed.nodeSelector, [...path, 'nodeSelector'], 'the key of a label'),
      ...keysOf(placed.extraAnnotations, [...path, 'extraAnnotations'], 'the key of an annotation'),
    ]),
  ];
  const values = pods.flatMap(({ path, placed }) =>
    Object.entries(placed.nodeSelector).map(
      ([key, value]) => [[...path, 'nodeSelector', key], value, 'the value of a label'] as const,
    ),
  );
  return [
    ...refused(names, (name) => QUALIFIED_NAME.test(name)),
    ...refused(values, (value) => LABEL_VALUE.test(value)),
    ...refused(applicationsOf(config), (value) => LABEL_VALUE.test(value)),
    ...refused(
      Object.entries(lab.env).map(([name, value]) => [['lab', 'env', name], value, 'free of NUL characters']),
      (value) => !value.includes('\0'),
    ).map(({ value: _confidential, ...finding }) => ({
      ...finding,
      message: 'the value holds NUL characters; Kubernetes will refuse it',
    })),
    ...refused(keysOf(lab.env, ['lab', 'env'], 'the name of a variable'), (name) => VARIABLE.test(name)),
    ...longNames(lab.volumes, ['lab', 'volumes']),
    ...longNames(lab.initContainers, ['lab', 'initContainers']),
    ...claims(config),
    ...subPaths(config),
  ];
}

/** Every volume that the configuration defines, with the path of its entry. */
export function allVolumes({ lab, fsadmin }: FileConfig) {
  return [
    ...lab.volumes.map((volume, index) => ({ ...volume, path: ['lab', 'volumes', index] })),
    ...fsadmin.extraVolumes.map((volume, index) => ({ ...volume, path: ['fsadmin', 'extraVolumes', index] })),
  ];
}

/** Every mount of a volume in any pod, with the path of its entry. */
export function allMounts({ lab, fileserver, fsadmin }: FileConfig) {
  const lists = [
    { mounts: lab.volumeMounts, path: ['lab', 'volumeMounts'] },
    ...lab.initContainers.map(({ volumeMounts }, index) => ({
      mounts: volumeMounts,
      path: ['lab', 'initContainers', index, 'volumeMounts'],
    })),
    { mounts: fileserver.enabled ? fileserver.volumeMounts : [], path: ['fileserver', 'volumeMounts'] },
    { mounts: fsadmin.extraVolumeMounts, path: ['fsadmin', 'extraVolumeMounts'] },
  ];
  return lists.flatMap(({ mounts, path }) =>
    mounts.map((mount, index) => ({ ...mount, path: [...path, index] })),
  );
}

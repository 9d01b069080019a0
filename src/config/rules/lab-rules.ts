import { AUTOMATIC_VOLUMES, fileKey, LAB_CONTAINER_NAME, STANDARD_INIT_CONTAINERS } from '../../domain/names';
import type { Finding } from '../diagnostics';
import { repeated } from '../diagnostics';
import type { LabFields } from '../schema/lab';
import { isReservedPath } from '../schema/volumes';
import { collidingMounts, configuredMounts, unknownVolumes, volumeFindings } from './volume-rules';

type Rule = (lab: LabFields) => Finding[];

const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  'ACCESS_TOKEN',
  'DEBUG',
  'CONTAINER_SIZE',
  'CPU_GUARANTEE',
  'CPU_LIMIT',
  'EXTERNAL_INSTANCE_URL',
  'IMAGE_DIGEST',
  'IMAGE_DESCRIPTION',
  'JPY_API_TOKEN',
  'JUPYTER_IMAGE',
  'JUPYTER_IMAGE_SPEC',
  'KUBERNETES_NODE_NAME',
  'MEM_GUARANTEE',
  'MEM_LIMIT',
  'RESET_USER_ENV',
]);

const isReservedVariable = (name: string): boolean =>
  RESERVED_VARIABLES.has(name) || name.startsWith('JUPYTERHUB_');

/** A name that occurs a second time. */
const duplicate = (path: readonly PropertyKey[], value: string, what: string, remedy: string): Finding => ({
  path,
  value: `"${value}"`,
  rule: 'duplicate',
  message: `"${value}" ${what}`,
  remedy,
});

/** A name that the controller keeps for itself. */
const reserved = (path: readonly PropertyKey[], value: string, why: string, remedy: string): Finding => ({
  path,
  value: `"${value}"`,
  rule: 'reserved',
  message: `"${value}" ${why}`,
  remedy,
});

const sizes: Rule = ({ sizes, defaultSize }) => {
  const names = sizes.map(({ size }) => size);
  const none: Finding = {
    path: ['sizes'],
    rule: 'missing',
    message: 'an empty list is not allowed; at least one size is needed',
    remedy: 'List at least one size with its resources.',
  };
  const unknown: Finding = {
    path: ['defaultSize'],
    value: `"${defaultSize}"`,
    rule: 'unknown-name',
    message: `"${defaultSize}" is not one of sizes`,
    remedy: `Name one of ${names.join(', ')}, or leave the key out.`,
  };
  return [
    ...repeated(names).map(({ value, index }) =>
      duplicate(['sizes', index, 'size'], value, 'is listed twice', 'Remove one of the two.'),
    ),
    ...(sizes.length === 0 ? [none] : []),
    ...(defaultSize === null || names.some((name) => name === defaultSize) ? [] : [unknown]),
  ];
};

const environment: Rule = (lab) =>
  configuredVariables(lab).flatMap(({ name, path }) =>
    isReservedVariable(name)
      ? [
          reserved(
            path,
            name,
            'is set by the controller and reserved',
            'Remove it, or give the variable another name.',
          ),
        ]
      : [],
  );

/** What the controller sets itself or reads back from a lab's variables. */
const confidentialVariables: Rule = ({ hubSecretEnv }) =>
  hubSecretEnv.flatMap((name, index) =>
    name === 'JUPYTERHUB_SERVICE_PREFIX' || (RESERVED_VARIABLES.has(name) && name !== 'JPY_API_TOKEN')
      ? [
          reserved(
            ['hubSecretEnv', index],
            name,
            'cannot be kept out of the ConfigMap; the controller needs it there',
            'Remove it from the list.',
          ),
        ]
      : [],
  );

const unusableFile = (path: string): Finding[] => {
  if (!path.startsWith('/') || isReservedPath(path)) {
    const remedy = 'Give an absolute path other than /etc/group, /etc/passwd and /tmp.';
    const message = `"${path}" is not an absolute path free for files`;
    return [{ path: ['files', path], value: `"${path}"`, rule: 'value', message, remedy }];
  }
  const key = fileKey(path);
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(key)) return [];
  return [
    {
      path: ['files', path],
      value: `"${path}"`,
      rule: 'value',
      message: `"${key}", made of its base name, is no volume name`,
      remedy: 'Name the file with lower-case letters, digits, dots, hyphens and underscores.',
    },
  ];
};

const files: Rule = ({ files }) => {
  const paths = Object.keys(files);
  const keys: string[] = [AUTOMATIC_VOLUMES.discovery, ...paths.map(fileKey)];
  const clashes = repeated(keys).map(
    ({ value, index }): Finding => ({
      path: ['files', paths[index - 1] ?? ''],
      value: `"${paths[index - 1] ?? ''}"`,
      rule: 'duplicate',
      message: `its base name gives the key "${value}", which is taken`,
      remedy: 'Give the file another base name; dots, underscores and hyphens do not tell two apart.',
    }),
  );
  return [...paths.flatMap(unusableFile), ...clashes];
};

const keyOfSecret = (index: number) => ['secrets', index, 'secretKey'];

const secrets: Rule = ({ secrets }) => {
  const keys = secrets.map(({ secretKey }) => secretKey);
  return [
    ...repeated(keys).map(({ value, index }) =>
      duplicate(
        keyOfSecret(index),
        value,
        'is the key of an earlier secret',
        'Use keys that differ: all land in one Secret.',
      ),
    ),
    ...keys.flatMap((key, index) =>
      key === 'token' || key.startsWith('hub-env.')
        ? [
            reserved(
              keyOfSecret(index),
              key,
              'is reserved for the controller',
              'Store the value under another key.',
            ),
          ]
        : [],
    ),
  ];
};

/** Thresholds of which the earlier one would never be told. */
const homeSpace: Rule = ({ homeSpace }) => {
  if (homeSpace === null) return [];
  const pairs = [
    ['warnBelow', homeSpace.warnBelow, 'minimumFree', homeSpace.minimumFree],
    ['warnBelowFiles', homeSpace.warnBelowFiles, 'minimumFreeFiles', homeSpace.minimumFreeFiles],
  ] as const;
  return pairs
    .filter(([, warning, , minimum]) => warning < minimum)
    .map(([key, warning, other, minimum]) => ({
      path: ['homeSpace', key],
      value: String(warning),
      rule: 'conflict',
      message: `${warning} is less than ${other}, ${minimum}: users would never be warned`,
      remedy: `Raise it to ${other} or more, or lower ${other}.`,
    }));
};

const nameOfContainer = (index: number) => ['initContainers', index, 'name'];

const initContainers: Rule = ({ initContainers, volumes }) => {
  const taken = new Set<string>([LAB_CONTAINER_NAME, ...Object.values(STANDARD_INIT_CONTAINERS)]);
  return [
    ...repeated(initContainers.map(({ name }) => name)).map(({ value, index }) =>
      duplicate(
        nameOfContainer(index),
        value,
        'is the name of an earlier init container',
        'Give each a name of its own.',
      ),
    ),
    ...initContainers.flatMap((container, index) => {
      const path = ['initContainers', index, 'volumeMounts'];
      return [
        ...(taken.has(container.name)
          ? [reserved(nameOfContainer(index), container.name, 'is a reserved name', 'Rename the container.')]
          : []),
        ...unknownVolumes(container.volumeMounts, volumes, path),
        ...collidingMounts(configuredMounts(container.volumeMounts, path)),
      ];
    }),
  ];
};

/** By this label network policies admit the hub. */
const labels: Rule = ({ labels }) =>
  labels.app === 'jupyterhub'
    ? [
        {
          path: ['labels', 'app'],
          value: '"jupyterhub"',
          rule: 'reserved',
          message: '"jupyterhub" would let labs reach each other; leave it to the hub',
          remedy: 'Remove the label, or give it another value.',
        },
      ]
    : [];

const RULES: readonly Rule[] = [
  sizes,
  volumeFindings,
  environment,
  confidentialVariables,
  files,
  secrets,
  homeSpace,
  initContainers,
  labels,
];

/** Everything in `lab` that breaks a rule spanning several of its keys. */
export function labFindings(lab: LabFields): Finding[] {
  return RULES.flatMap((rule) => rule(lab));
}

/** Every environment variable that `lab` sets by itself or from a secret, with the path of its name. */
export function configuredVariables({ env, secrets }: Pick<LabFields, 'env' | 'secrets'>) {
  return [
    ...Object.keys(env).map((name) => ({ name, path: ['env', name] })),
    ...secrets.flatMap(({ env: name }, index) =>
      name === null ? [] : [{ name, path: ['secrets', index, 'env'] }],
    ),
  ];
}

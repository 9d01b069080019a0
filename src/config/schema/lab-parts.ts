import * as z from 'zod';
import { isPlainTemplate } from '../../domain/template';
import { withoutTrailingSlashes } from '../../domain/urls';
import { image } from './resources';
import {
  absolutePath,
  boolean,
  filledText,
  integer,
  kubernetesName,
  matching,
  oneOf,
  scalar,
  text,
} from './scalars';
import { section } from './section';
import { freePath, mount } from './volumes';

/** The name of an environment variable. */
export const variable = () =>
  matching('variable name', 'the name of an environment variable', /^[A-Za-z_.-][A-Za-z0-9_.-]*$/);

/** The value of a Kubernetes label. */
export const labelValue = () =>
  matching(
    'label value',
    'a Kubernetes label value',
    /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
  );

/** Where home directories begin; without a slash at its end. */
export const homedirPrefix = scalar(
  {
    title: 'absolute path',
    rule: 'an absolute path below /',
    json: { type: 'string', pattern: '^/+[^/]' },
  },
  (value) => {
    const path = typeof value === 'string' ? withoutTrailingSlashes(value) : '';
    return /^\/./.test(path) ? path : undefined;
  },
);

/** What follows the username in a home directory; without slashes at its ends. */
export const homedirSuffix = scalar(
  { title: 'string', rule: 'a string', json: { type: 'string' } },
  (value) => (typeof value === 'string' ? value.replace(/^\/+|(?<!\/)\/+$/g, '') : undefined),
);

/** How many times smaller than the memory limit `/tmp` is. */
export const tmpSizeRatio = scalar(
  { title: 'number > 1', rule: 'a number above 1', json: { type: 'number', exclusiveMinimum: 1 } },
  (value) => (typeof value === 'number' && Number.isFinite(value) && value > 1 ? value : undefined),
);

/** A container that runs before the lab. */
export const initContainer = section({
  name: kubernetesName().describe('Name of the container, unique in the pod.'),
  image: image.describe('Its image.'),
  command: z.array(text()).nullable().prefault(null).describe("Command; null for the image's own."),
  privileged: boolean().prefault(false).describe('Whether it runs as privileged root instead of the user.'),
  volumeMounts: z.array(mount).prefault([]).describe('Mounts of volumes of `lab.volumes`.'),
});

/** A value of a secret in the controller's namespace that labs get. */
export const secret = section({
  secretName: filledText().describe("Name of the Secret in the controller's namespace."),
  secretKey: matching('secret key', 'the key of a Kubernetes secret', /^[-._A-Za-z0-9]+$/).describe(
    "Key in that Secret, and in the lab's; unique and not `token`.",
  ),
  env: variable().nullable().prefault(null).describe('Variable to set to the value.'),
  path: freePath().nullable().prefault(null).describe('Further file to mount the value at.'),
});

const mountPath = (what: string, path: string) =>
  absolutePath().nullable().prefault(null).describe(`${what} Null for \`${path}\`.`);

/** Where the automatic volumes appear; null for the default. */
export const mountPaths = section({
  secrets: mountPath("The lab's secrets.", '<runtimeMountsDir>/secrets'),
  environment: mountPath('The variables as files.', '<runtimeMountsDir>/environment'),
  runtime: mountPath('Limits and requests as files.', '<runtimeMountsDir>/runtime'),
  startup: mountPath('What the start-up container hands over.', '/etc/nublado/startup'),
  discovery: mountPath('The service discovery document.', '/etc/nublado/discovery/v1.json'),
  tmp: mountPath('Temporary files.', '/tmp'),
});

/** How far labs are confined. */
export const podSecurity = section({
  seccompProfile: oneOf(['RuntimeDefault', 'Unconfined'])
    .prefault('RuntimeDefault')
    .describe('Seccomp profile of the pod.'),
  dropCapabilities: oneOf(['all', 'ALL'])
    .prefault('all')
    .describe('How the dropped capabilities are spelled. Pod security level `restricted` insists on `ALL`.'),
  privilegedInithome: boolean()
    .prefault(false)
    .describe(
      'Whether the standard home directory container is privileged, instead of having three capabilities.',
    ),
});

/** A text with `{{ uid }}` and `{{ gid }}` in Jinja syntax; anything else in braces is an error. */
export const template = () =>
  scalar(
    {
      title: 'template',
      rule: 'a template that uses only {{ uid }} and {{ gid }}',
      json: { type: 'string' },
    },
    (value) =>
      // Jinja drops one newline at the end of a template.
      typeof value === 'string' && isPlainTemplate(value) ? value.replace(/\n$/, '') : undefined,
  );

const MAXIMUM_ID = 2 ** 32 - 2;

const name = () => matching('string', 'a name without colons, commas or white space', /^[^:\s,]+$/);
const field = () =>
  matching('string', 'a field without colons or control characters', /^[^:\p{Cc}\u2028\u2029]*$/u);
const id = () => integer(0, MAXIMUM_ID);

const extraUser = section({
  name: name().describe('Username.'),
  uid: id().describe('User ID.'),
  gid: id().describe('ID of the primary group.'),
  gecos: field().prefault('').describe('Full name.'),
  home: field().prefault('/nonexistent').describe('Home directory.'),
  shell: field().prefault('/sbin/nologin').describe('Login shell.'),
});

const extraGroup = section({
  name: name().describe('Name of the group.'),
  gid: id().describe('Group ID.'),
  members: z.array(name()).prefault([]).describe('Usernames of members.'),
});

/** What a lab's `/etc/passwd` and `/etc/group` hold besides the user's own entries. */
export const nss = section({
  basePasswd: text()
    .prefault('root:x:0:0:root:/root:/bin/bash\n')
    .describe('Start of `/etc/passwd`; a final line break is added where it lacks one.'),
  // One colon short of a valid line, as deployed labs have it.
  baseGroup: text().prefault('root:x:0\n').describe('Start of `/etc/group`, likewise.'),
  extraUsers: z
    .array(extraUser)
    .prefault([])
    .describe("Further users; one with the lab user's name or ID is left out."),
  extraGroups: z
    .array(extraGroup)
    .prefault([])
    .describe("Further groups; one with the name or ID of one of the user's groups is left out."),
});

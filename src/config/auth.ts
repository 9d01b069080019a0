import * as z from 'zod';
import { refuseSharedNames } from './auth-rules';
import { durationOrZero } from './quantities';
import { boolean, filledText, integer, matching, scalar } from './scalars';
import { SecretText } from './secret-text';
import { acceptSpellings, inMs, isMapping, section } from './section';

/** The highest user or group ID that Kubernetes gives to a container. */
const MAX_ID = 2 ** 31 - 1;

const id = () => integer(1, MAX_ID);

const username = () =>
  matching('a username of lower-case letters, digits and inner hyphens', /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

const token = scalar(
  'a token of at least 8 visible characters',
  (value) =>
    typeof value === 'string' && /^[\x21-\x7e]{8,}$/.test(value) ? new SecretText(value) : undefined,
  () => 'the value',
);

const webUrl = matching('an http or https URL', /^https?:\/\/[^\s/]+/);

const groups = z.array(section({ name: filledText(), id: id() })).default([]);

const posixIds = { uid: id(), gid: id(), groups };

const staticUser = section({
  username: username(),
  token,
  admin: boolean().default(false),
  name: filledText().nullable().default(null),
  ...posixIds,
});

const cache = {
  userInfoCache: durationOrZero().default(300_000),
  userInfoCacheSize: integer(1).default(1000),
};

const shapes = {
  gafaelfawr: { type: z.literal('gafaelfawr'), ...cache },
  static: {
    type: z.literal('static'),
    users: z.array(staticUser),
    allowRemote: boolean().default(false),
  },
  jupyterhub: {
    type: z.literal('jupyterhub'),
    ...cache,
    apiUrl: webUrl,
    users: z.record(z.string(), section(posixIds)).default({}),
    groupIds: z.record(z.string(), id()).default({}),
    defaultIds: section({ uid: id(), gid: id() }).nullable().default(null),
  },
};

/** How the callers of an installation are known, by its raw configuration. */
export function authTypeOf(document: unknown): unknown {
  const section = isMapping(document) ? document.auth : undefined;
  return (isMapping(section) ? section.type : undefined) ?? 'gafaelfawr';
}

function relevant(value: unknown): unknown {
  if (!isMapping(value)) {
    return value;
  }
  const type = value.type ?? 'gafaelfawr';
  const shape = Object.entries(shapes).find(([name]) => name === type)?.[1] ?? {};
  return acceptSpellings(Object.keys(shape), 'refuse')({ ...value, type });
}

/** How callers of the API are known, and where their POSIX identity comes from. */
export const auth = z
  .preprocess(
    relevant,
    z.discriminatedUnion('type', [
      z.strictObject(shapes.gafaelfawr),
      z.strictObject(shapes.static),
      z.strictObject(shapes.jupyterhub),
    ]),
  )
  .superRefine((fields, context) => {
    if (fields.type === 'static') {
      refuseSharedNames(fields.users, context);
    }
  })
  .transform((fields) => {
    switch (fields.type) {
      case 'static':
        return fields;
      case 'gafaelfawr':
        return inMs('userInfoCache')(fields);
      case 'jupyterhub':
        return inMs('userInfoCache')(fields);
    }
  });

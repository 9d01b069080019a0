import type * as z from 'zod';
import type { auth } from './auth';
import type { Finding } from './diagnostics';

interface Ids {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly { readonly id: number }[];
}

interface ConfiguredId {
  readonly path: readonly PropertyKey[];
  readonly id: number;
}

const idsAt = (path: readonly PropertyKey[], { uid, gid, groups = [] }: Ids): ConfiguredId[] => [
  { path: [...path, 'uid'], id: uid },
  { path: [...path, 'gid'], id: gid },
  ...groups.map(({ id }, index) => ({ path: [...path, 'groups', index, 'id'], id })),
];

/** Every user or group ID that the configuration itself gives to users. */
function configuredIds(settings: z.output<typeof auth>): ConfiguredId[] {
  switch (settings.type) {
    case 'gafaelfawr':
      return [];
    case 'static':
      return settings.users.flatMap((user, index) => idsAt(['users', index], user));
    case 'jupyterhub':
      return [
        ...Object.entries(settings.userIds).flatMap(([name, ids]) => idsAt(['userIds', name], ids)),
        ...Object.entries(settings.groupIds).map(([name, id]) => ({ path: ['groupIds', name], id })),
        ...(settings.defaultIds === null ? [] : idsAt(['defaultIds'], settings.defaultIds)),
      ];
  }
}

/** Configured IDs below the smallest that labs may run under: users with one would get no lab. */
export function tooSmallIds(settings: z.output<typeof auth>, minimumId: number): Finding[] {
  return configuredIds(settings)
    .filter(({ id }) => id < minimumId)
    .map(({ path, id }) => ({
      path: ['auth', ...path],
      value: String(id),
      rule: 'conflict',
      message: `${id} is less than lab.minimumId, ${minimumId}; users with this ID get no lab`,
      remedy: 'Give a larger ID, or lower lab.minimumId.',
    }));
}

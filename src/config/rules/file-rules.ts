import type * as z from 'zod';
import { isPrefixOfFileServers } from '../../domain/file-server-key';
import { isSafeToAsk } from '../../domain/urls';
import type { Finding } from '../diagnostics';
import type { auth } from '../schema/auth';
import type { fileserver, fsadmin } from '../schema/file-server';
import type { images } from '../schema/images';
import type { LabFields } from '../schema/lab';
import type { hub, outgoing } from '../schema/outgoing';
import { shown } from '../schema/scalars';
import { collidingMounts, configuredMounts, duplicateVolumes, unknownVolumes } from './volume-rules';

/** The sections of the file that rules compare with one another. */
interface Sections {
  readonly auth: z.output<typeof auth>;
  readonly hub: z.output<typeof hub> | null;
  readonly images: z.output<typeof images>;
  readonly outgoing: z.output<typeof outgoing>;
  readonly lab: LabFields;
  readonly fileserver: z.output<typeof fileserver>;
  readonly fsadmin: z.output<typeof fsadmin>;
  readonly pathPrefix: string;
}

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
function tooSmallIds(settings: z.output<typeof auth>, minimumId: number): Finding[] {
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

/** A URL that would be asked over plain HTTP where others can listen. */
export function plainHttpFinding(
  url: string | null,
  plainHttpHosts: readonly string[],
  path: Finding['path'],
): Finding[] {
  if (url === null || isSafeToAsk(new URL(url), plainHttpHosts)) return [];
  const { host } = new URL(url);
  return [
    {
      path,
      value: shown(url),
      rule: 'conflict',
      message: `${shown(url)} is plain HTTP to a host outside the cluster, where tokens can be read on the way`,
      remedy: `Give an https URL, or list "${host}" in outgoing.plainHttpHosts.`,
    },
  ];
}

function mountFindings({ lab, fileserver, fsadmin }: Sections): Finding[] {
  const adminVolumes = [...lab.volumes, ...fsadmin.extraVolumes];
  const extraMounts = ['fsadmin', 'extraVolumeMounts'];
  const serverMounts = ['fileserver', 'volumeMounts'];
  return [
    ...(fileserver.enabled
      ? [
          ...unknownVolumes(fileserver.volumeMounts, lab.volumes, serverMounts, ' in file servers'),
          ...collidingMounts(configuredMounts(fileserver.volumeMounts, serverMounts)),
        ]
      : []),
    ...duplicateVolumes(adminVolumes, ['fsadmin', 'extraVolumes']).map(({ path, ...finding }) => ({
      ...finding,
      path: path.map((key) => (typeof key === 'number' ? key - lab.volumes.length : key)),
    })),
    ...unknownVolumes(fsadmin.extraVolumeMounts, adminVolumes, extraMounts, ' in fsadmin'),
    ...collidingMounts([
      ...configuredMounts(lab.volumeMounts, ['lab', 'volumeMounts']),
      ...configuredMounts(fsadmin.extraVolumeMounts, extraMounts),
    ]).filter(({ path }) => path[0] === 'fsadmin'),
  ];
}

function plainHttpFindings({ auth, hub, images, outgoing }: Sections): Finding[] {
  const { plainHttpHosts } = outgoing;
  const { source } = images;
  const endpoint = source.type === 'google' ? source.apiEndpoint : null;
  return [
    ...plainHttpFinding(auth.type === 'jupyterhub' ? auth.apiUrl : null, plainHttpHosts, ['auth', 'apiUrl']),
    ...plainHttpFinding(hub?.apiUrl ?? null, plainHttpHosts, ['hub', 'apiUrl']),
    ...plainHttpFinding(endpoint, plainHttpHosts, ['images', 'source', 'apiEndpoint']),
  ];
}

/** What keeps file servers from being reached, or from knowing who reaches them. */
function routingFindings({ auth, fileserver, pathPrefix: apiPrefix }: Sections): Finding[] {
  if (!fileserver.enabled) return [];
  const { ingress, pathPrefix } = fileserver;
  const isAbsolute = pathPrefix.startsWith('/');
  const noPath: Finding = {
    path: ['fileserver', 'pathPrefix'],
    value: shown(pathPrefix),
    rule: 'value',
    message: `${shown(pathPrefix)} is not an absolute path (starting with /)`,
    remedy: 'Begin it with a slash.',
  };
  const noRoom: Finding = {
    path: ['fileserver', 'pathPrefix'],
    value: shown(pathPrefix),
    rule: 'conflict',
    message: `${shown(pathPrefix)} leaves no room for the API at ${shown(apiPrefix)}`,
    remedy: 'Choose another path, such as /files.',
  };
  const noGateway: Finding = {
    path: ['fileserver', 'ingress', 'parentRefs'],
    rule: 'missing',
    message: 'an empty list is not allowed; at least one Gateway is needed',
    remedy: 'Name the Gateway that serves the platform.',
  };
  const noAuthentication: Finding = {
    path: ['fileserver', 'ingress', 'type'],
    value: `"${ingress.type}"`,
    rule: 'conflict',
    message: `"${ingress.type}" needs auth.type jupyterhub: the file servers ask the hub whose a token is`,
    remedy: 'Set auth.type to jupyterhub, or use gafaelfawr, which authenticates by itself.',
  };
  return [
    ...(isAbsolute ? [] : [noPath]),
    ...(isAbsolute && !isPrefixOfFileServers(pathPrefix, apiPrefix) ? [noRoom] : []),
    ...(ingress.type === 'httpRoute' && ingress.parentRefs.length === 0 ? [noGateway] : []),
    ...(ingress.type !== 'gafaelfawr' && auth.type !== 'jupyterhub' ? [noAuthentication] : []),
  ];
}

/** Everything in the file that breaks a rule spanning several of its sections. */
export function fileFindings(config: Sections): Finding[] {
  return [
    ...mountFindings(config),
    ...plainHttpFindings(config),
    ...tooSmallIds(config.auth, config.lab.minimumId),
    ...routingFindings(config),
  ];
}

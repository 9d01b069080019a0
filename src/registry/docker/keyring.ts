import { posix } from 'node:path';
import { isDockerHub } from './endpoint';

/** An entry of a file of credentials: `name` is a host or a URL, with or without a path. */
export interface KeyringEntry<Value> {
  readonly name: string;
  readonly value: Value;
}

/** The compared parts of an entry's name; the host in lower case. */
interface Location {
  readonly host: string;
  readonly port: string;
  /** Empty, or with a leading slash. */
  readonly path: string;
}

const HUB_ENTRY = 'index.docker.io';

/**
 * The entries for an image's repository, in the order in which the kubelet tries them: those whose port is the same,
 * whose host has as many labels, each equal or matched by a glob such as `*.example.org`, and whose path the
 * repository begins with; the longest paths first. For Docker Hub, else its own entry. Where there is none, as an
 * addition to the kubelet's rules: the first entry of another name of Docker Hub, or of a parent domain.
 */
export function matchingEntries<Value>(
  entries: readonly KeyringEntry<Value>[],
  registry: string,
  repository: string,
): readonly KeyringEntry<Value>[] {
  const located = entries.flatMap((entry) => {
    const location = locationOf(entry.name);
    return location === null ? [] : [{ entry, location, key: keyOf(location) }];
  });
  const target = locationOf(`${registry}/${repository}`);
  if (target === null) return [];
  const matching = located
    .filter(({ location }) => isMatching(location, target))
    .toSorted((one, other) => (one.key === other.key ? 0 : one.key > other.key ? -1 : 1));
  if (matching.length > 0) return matching.map(({ entry }) => entry);
  const isHub = isDockerHub(registry);
  const isOfHub = (host: string) => isHub && isDockerHub(host);
  const other =
    located.find(({ key }) => isHub && key === HUB_ENTRY) ??
    located.find(({ location }) => isOfHub(location.host)) ??
    located.find(({ location: { host, port, path } }) => {
      const isParent = host !== '' && target.host.endsWith(`.${host}`) && port === target.port;
      return isParent && target.path.startsWith(path);
    });
  return other ? [other.entry] : [];
}

/** Parses a name; null if it is no URL. The API version that Docker appends to hosts (`/v1/`) is dropped. */
function locationOf(name: string): Location | null {
  const [, authority = '', path = ''] = /^(?:https?:\/\/)?([^/?#]*)([^?#]*)/i.exec(name) ?? [];
  const [, host, port = ''] = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  if (!host) return null;
  const rest = path.replace(/^\/v[12](?=\/|$)/, '');
  return { host: host.toLowerCase(), port, path: rest === '/' ? '' : rest };
}

const keyOf = ({ host, port, path }: Location) => `${host}${port === '' ? '' : `:${port}`}${path}`;

function isMatching(location: Location, target: Location): boolean {
  if (location.port !== target.port || !target.path.startsWith(location.path)) return false;
  const [labels, others] = [location.host.split('.'), target.host.split('.')];
  return (
    labels.length === others.length &&
    labels.every((label, index) => posix.matchesGlob(others[index] ?? '', label))
  );
}

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import * as z from 'zod';
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

/** User and password for a registry, hidden from logs, JSON and errors: only `authorization` returns them. */
export class DockerCredentials {
  readonly #encoded: string;

  constructor(user: string, password: string) {
    this.#encoded = Buffer.from(`${user}:${password}`).toString('base64');
  }

  /** The value of an `Authorization` header. */
  authorization(): string {
    return `Basic ${this.#encoded}`;
  }
}

/** The entries of a credentials file for one repository. */
export interface FoundCredentials {
  /** Tried in order; empty for anonymous requests. */
  readonly credentials: readonly DockerCredentials[];
  /** Hints for operators: why there are none although a file is configured. */
  readonly hints: readonly string[];
}

const text = z.string().nullish();

const entry = z.object({
  auth: text,
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
});

type Entry = z.output<typeof entry>;

const dockerConfig = z.object({
  auths: z.record(z.string(), entry.nullable()).nullish(),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).nullish(),
});

type DockerConfig = z.output<typeof dockerConfig>;

/**
 * Reads the credentials for `registry/repository` as the kubelet does: from Docker's `config.json`, or the older
 * `.dockercfg` without `auths`; of each entry `auth`, else `username` and `password`. Credential helpers are
 * not run. A missing file means no credentials.
 *
 * @throws Error for a file that cannot be read or parsed; the message has its path and nothing of its content.
 */
export function readDockerCredentials(path: string, registry: string, repository: string): FoundCredentials {
  const content = readIfThere(path);
  if (content === null) {
    return none(`${path} does not exist: registry ${registry} is asked without credentials`);
  }
  const config = parse(content, path);
  const entries = Object.entries(config.auths ?? {}).flatMap(([name, value]): KeyringEntry<Entry>[] =>
    value ? [{ name, value }] : [],
  );
  const found = matchingEntries(entries, registry, repository);
  const credentials = found.flatMap(({ name, value }) => credentialsOf(value, path, name));
  if (credentials.length > 0) return { credentials, hints: [] };
  const reason = whyNone(config, found, registry);
  return none(`${path}: registry ${registry} is asked without credentials: ${reason}`);
}

const none = (hint: string): FoundCredentials => ({ credentials: [], hints: [hint] });

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return null;
    throw new Error(`${path}: the Docker credentials cannot be read: ${code}`, { cause: error });
  }
}

/** Errors of the parsers are dropped, since they quote the file. */
function parse(content: string, path: string): DockerConfig {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch {
    throw new Error(`${path}: the Docker credentials are not JSON`);
  }
  const parsed = dockerConfig.safeParse(isOldForm(document) ? { auths: document } : document);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path[0];
  throw new Error(`${path}: not a Docker config.json${place === undefined ? '' : `, at "${String(place)}"`}`);
}

/** Whether a document is a `.dockercfg`: entries by host, and none of the keys of a `config.json`. */
function isOldForm(document: unknown): boolean {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false;
  if (['auths', 'credsStore', 'credHelpers'].some((key) => key in document)) return false;
  const values = Object.values(document);
  return values.some((value) => typeof value === 'object' && value !== null && isEntry(value));
}

const isEntry = (value: object) => 'auth' in value || ('username' in value && 'password' in value);

function credentialsOf({ auth, username, password }: Entry, path: string, name: string): DockerCredentials[] {
  if (auth) return [decode(auth, path, name)];
  return username && password ? [new DockerCredentials(username, password)] : [];
}

function decode(auth: string, path: string, name: string): DockerCredentials {
  const content = Buffer.from(auth, 'base64').toString('utf8');
  const colon = content.indexOf(':');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(auth);
  if (!isBase64 || colon < 1) {
    throw new Error(`${path}: "auth" of "${name}" is not user:password in Base64`);
  }
  return new DockerCredentials(content.slice(0, colon), content.slice(colon + 1));
}

function whyNone(
  { credsStore, credHelpers }: DockerConfig,
  found: readonly KeyringEntry<Entry>[],
  registry: string,
): string {
  const remedy = `write user and password into "auth" of "${registry}"`;
  const helper = credHelpers?.[registry] || credsStore || Object.values(credHelpers ?? {})[0];
  if (helper) {
    const program = `docker-credential-${helper}`;
    return `it names a credential helper, which is not run here: only the program ${program} could answer; ${remedy}`;
  }
  if (found.some(({ value }) => value.identitytoken || value.registrytoken)) {
    return `it has but a token for it, which neither the kubelet nor the controller uses; ${remedy}`;
  }
  return 'it has no "auth" for it';
}

import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { DockerCredentials } from './docker-credentials';
import { isDockerHub } from './docker-host';

/** What a file of Docker credentials has for one registry. */
export interface FoundCredentials {
  /** Null when the file has none for the registry; then it is asked anonymously. */
  readonly credentials: DockerCredentials | null;
  /** For operators: why there are none although a file was named. */
  readonly notices: readonly string[];
}

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

type DockerConfig = z.output<typeof dockerConfig>;

/**
 * Reads the credentials for `registry` from a file in the format of Docker's `config.json`. Only entries of `auths`
 * with `auth` count: credential helpers are programs, which are not run. A missing file means no credentials.
 *
 * @throws Error for a file that cannot be read or understood; it names the file and nothing that is in it.
 */
export function readDockerCredentials(path: string, registry: string): FoundCredentials {
  const text = readIfThere(path);
  if (text === null) {
    return none(`${path} does not exist: registry ${registry} is asked without credentials`);
  }
  const config = parse(text, path);
  const auths = Object.entries(config.auths ?? {}).flatMap(([name, { auth }]) =>
    auth === undefined || auth === '' ? [] : [{ host: hostOf(name), auth }],
  );
  const found = findEntry(auths, registry.toLowerCase());
  if (!found) return none(whyNone(config, path, registry));
  return { credentials: decode(found.auth, path, found.host), notices: [] };
}

const none = (notice: string): FoundCredentials => ({ credentials: null, notices: [notice] });

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return null;
    throw unreadable(path, code);
  }
}

const unreadable = (path: string, code: string) =>
  new Error(`${path}: the Docker credentials cannot be read: ${code}`);

/** The errors of parsers quote what they read, so nothing of them is kept. */
function parse(text: string, path: string): DockerConfig {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${path}: the Docker credentials are not JSON`);
  }
  const parsed = dockerConfig.safeParse(document);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path[0];
  throw new Error(`${path}: not a Docker config.json${place === undefined ? '' : `, at "${String(place)}"`}`);
}

/** Entries may be hosts or URLs, such as Docker Hub's `https://index.docker.io/v1/`. */
function hostOf(name: string): string {
  return name
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
}

function findEntry<Entry extends { readonly host: string }>(auths: readonly Entry[], host: string) {
  return (
    auths.find((entry) => entry.host === host) ??
    (isDockerHub(host) ? auths.find((entry) => isDockerHub(entry.host)) : undefined) ??
    auths.find((entry) => entry.host !== '' && host.endsWith(`.${entry.host}`))
  );
}

function whyNone({ credsStore, credHelpers }: DockerConfig, path: string, registry: string): string {
  const usesHelper = credsStore !== undefined || Object.keys(credHelpers ?? {}).length > 0;
  const reason = usesHelper
    ? `it names a credential helper, which is not run here; write user and password into "auth" of "${registry}"`
    : `it has no "auth" for it`;
  return `${path}: registry ${registry} is asked without credentials: ${reason}`;
}

function decode(auth: string, path: string, host: string): DockerCredentials {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(auth);
  if (!isBase64 || colon < 1) {
    throw new Error(`${path}: "auth" of "${host}" is not user:password in Base64`);
  }
  return new DockerCredentials(text.slice(0, colon), text.slice(colon + 1));
}

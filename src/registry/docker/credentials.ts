import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type KeyringEntry, matchingEntries } from './keyring';

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

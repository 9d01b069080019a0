import { ANSWER_LIMITS, type Fetch, isLoopback } from '../../http/fetch';
import { nextLink } from '../../http/headers';
import { RegistryError } from '../errors';
import {
  type RegistryAnswer,
  type RegistryRequest,
  type RegistryService,
  sendRegistryRequest,
} from '../request';
import { unauthorized } from './challenge';
import type { DockerCredentials } from './credentials';
import { createSchemeProbe, repositoryUrl } from './endpoint';
import { createGrants, type DockerAction, type Grant, type Grants } from './grants';
import { digestFromHeader, digestOfBody, kindOfManifest, MANIFEST_TYPES } from './manifest';

const TAG = /^\w[\w.-]{0,127}$/;

/** Bounds of a list, against endless ones. Small pages of registries have a hundred tags. */
const MAX_PAGES = 20_000;
const MAX_TAGS = 1_000_000;

/** Reads one page of the list of tags. @throws RegistryError for a status other than 200. */
export type ReadPage = (url: URL) => Promise<RegistryAnswer>;

/**
 * Lists all tags, page by page, without duplicates and invalid tags. Of a `Link` header only path and query are used,
 * since registries behind proxies write internal schemes, hosts and ports.
 *
 * @throws RegistryError `broken` for a document that is no list of tags, and for a cyclic or endless list.
 */
export async function listAllTags(first: URL, read: ReadPage, service: RegistryService): Promise<string[]> {
  const { subject, host } = service;
  const endless = () =>
    new RegistryError(`${subject} continues its list of tags for ever`, { problem: 'broken', host });
  const tags = new Set<string>();
  const seen = new Set<string>();
  let url: URL | null = first;
  while (url) {
    if (seen.has(url.href) || seen.size === MAX_PAGES || tags.size > MAX_TAGS) throw endless();
    seen.add(url.href);
    const answer = await read(url);
    const page = readTags(await answer.json());
    if (!page) {
      throw new RegistryError(`${subject} answered without a list of tags`, { problem: 'broken', host });
    }
    const before = tags.size;
    for (const tag of page) if (TAG.test(tag)) tags.add(tag);
    const next = nextPage(answer, first, service);
    // A page without a new tag means that the list does not advance.
    if (next && page.length > 0 && tags.size === before && page.some((tag) => TAG.test(tag))) throw endless();
    url = next;
  }
  return [...tags];
}

function nextPage(answer: RegistryAnswer, first: URL, { subject, host }: RegistryService): URL | null {
  const target = nextLink(answer.header('link'));
  if (target === null) return null;
  const link = URL.canParse(target, answer.url.href) ? new URL(target, answer.url) : null;
  if (!link || !/^https?:$/.test(link.protocol)) {
    const message = `${subject} continues its list of tags at what is no URL`;
    throw new RegistryError(message, { problem: 'broken', host });
  }
  const url = new URL(first);
  url.pathname = link.pathname;
  url.search = link.search;
  return url;
}

/** The tags of a document, where null means none; null if it is no list of tags. */
function readTags(document: unknown): readonly string[] | null {
  if (typeof document !== 'object' || document === null || !('tags' in document)) return null;
  const { tags } = document;
  if (tags === null) return [];
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null;
}

export interface DockerRegistryOptions {
  /** Host with an optional port, as references have it; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  /** Tried in order; null for anonymous requests. */
  readonly credentials: DockerCredentials | readonly DockerCredentials[] | null;
  /** Reason for the lack of credentials, which completes "asks for a user and password, and …". */
  readonly whyNoCredentials?: string | undefined;
  /** Hosts and URLs besides the registry that may be sent the credentials; Docker Hub's own by default. */
  readonly allowedAuthRealms?: readonly string[] | undefined;
  /** Limit of one request. */
  readonly timeoutMs: number;
  /** Falls back to plain HTTP when the registry does not speak TLS; allowed for loopback by default. */
  readonly plainHttp?: boolean;
  /** Whether plain HTTP to a URL is allowed; only to loopback by default. */
  readonly isPlainHttpAllowed?: ((url: URL) => boolean) | undefined;
  /** Page size of lists of tags; by default that of the registry. */
  readonly pageSize?: number;
  readonly fetch?: Fetch;
}

/** One repository of a Docker registry. All methods throw `RegistryError`, or the signal's reason once aborted. */
export interface DockerRegistry {
  /** All tags in the registry's order, without duplicates and invalid tags. */
  listTags(signal?: AbortSignal): Promise<string[]>;
  /** The current digest of a tag; null if there is no such tag. */
  digestOf(tag: string, signal?: AbortSignal): Promise<string | null>;
  /** Whether the registry still serves a manifest by its digest. */
  hasManifest(digest: string, signal?: AbortSignal): Promise<boolean>;
  /** Deletes a manifest with all of its tags; false if it did not exist. */
  deleteManifest(digest: string, signal?: AbortSignal): Promise<boolean>;
}

/**
 * Creates a client of one repository, which caches its authorization. No request is sent before the first call.
 *
 * @throws Error for an invalid host, and for plain HTTP to a host for which it is not allowed.
 */
export function createDockerRegistry(options: DockerRegistryOptions): DockerRegistry {
  const { registry: host, repository, pageSize } = options;
  const { fetch = globalThis.fetch, timeoutMs } = options;
  const service = { subject: `Docker registry ${host}`, host };
  const transport = { fetch, timeoutMs };
  const findUrl = urlFinder(options);
  const credentials = [options.credentials ?? []].flat();
  let grants: Grants | null = null;

  const grantsAt = (registryUrl: URL) =>
    createGrants({
      registry: host,
      repository,
      registryUrl,
      credentials,
      whyNoCredentials: options.whyNoCredentials ?? 'there are none for it in the credentials file',
      allowedAuthRealms: options.allowedAuthRealms,
      isPlainHttpAllowed: options.isPlainHttpAllowed,
      send: (request, tokenService) => sendRegistryRequest(request, tokenService, transport),
    });

  async function attempt(request: RegistryRequest, grant: Grant | undefined): Promise<RegistryAnswer> {
    const authorization = await grant?.authorization;
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
    return sendRegistryRequest({ ...request, headers }, service, transport);
  }

  async function send(request: RegistryRequest): Promise<RegistryAnswer> {
    grants ??= grantsAt(request.url);
    const action: DockerAction = request.method === 'DELETE' ? 'delete' : 'pull';
    let used = grants.current(action);
    const first = await attempt(request, used);
    if (first.status !== 401) return first;
    await first.discard();
    const challenge = first.header('www-authenticate');
    for (let left = Math.max(credentials.length, 1); ; left -= 1) {
      request.signal?.throwIfAborted();
      used = grants.answer(action, used, challenge);
      const outcome = await attempt(request, used).catch(refusalOf);
      const isRefused =
        outcome instanceof RegistryError || outcome.status === 401 || (outcome.status === 403 && left > 1);
      if (!isRefused) return outcome;
      if (!(outcome instanceof RegistryError)) await outcome.discard();
      if (!grants.advance(used) || left === 1) {
        if (outcome instanceof RegistryError) throw outcome;
        const problem =
          credentials.length > 0 ? 'refused the credentials' : 'wants credentials, and there are none';
        throw unauthorized(host, problem);
      }
    }
  }

  function unexpected({ status }: RegistryAnswer, what: string): RegistryError {
    if (status === 403) return unauthorized(host, `does not allow us to ${what}`, status);
    const message = `${service.subject} answered with status ${status} when asked to ${what}`;
    return new RegistryError(message, { problem: 'broken', host, status });
  }

  async function manifest(method: RegistryRequest['method'], reference: string, signal?: AbortSignal) {
    const url = new URL(`manifests/${encodeURIComponent(reference)}`, await findUrl(signal));
    return send({ method, url, headers: { accept: MANIFEST_TYPES }, signal });
  }

  async function readPage(url: URL, signal?: AbortSignal): Promise<RegistryAnswer> {
    const answer = await send({ method: 'GET', url, headers: { accept: 'application/json' }, signal });
    const { status } = answer;
    if (status === 200) return answer;
    await answer.discard();
    if (status !== 404) throw unexpected(answer, 'list tags');
    const message = `${service.subject} has no repository ${repository}`;
    throw new RegistryError(message, { problem: 'notFound', host, status });
  }

  return {
    async listTags(signal) {
      const url = new URL('tags/list', await findUrl(signal));
      if (pageSize !== undefined) url.searchParams.set('n', String(pageSize));
      return listAllTags(url, (page) => readPage(page, signal), service);
    },
    async digestOf(tag, signal) {
      const head = await manifest('HEAD', tag, signal);
      await head.discard();
      const digest = head.status === 200 ? digestFromHeader(head.header('docker-content-digest')) : null;
      if (digest !== null) return digest;
      // Registries refuse HEAD with various statuses, and the header is optional, so GET decides.
      const answer = await manifest('GET', tag, signal);
      if (answer.status !== 200) await answer.discard();
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw unexpected(answer, `read tag ${tag}`);
      const body = await answer.bytes(ANSWER_LIMITS.manifest);
      const kind = kindOfManifest(body);
      if (kind !== 'broken') return kind === 'image' ? digestOfBody(body) : null;
      const message = `${service.subject} gave neither digest nor manifest for tag ${tag}`;
      throw new RegistryError(message, { problem: 'broken', host });
    },
    async hasManifest(digest, signal) {
      const head = await manifest('HEAD', digest, signal);
      await head.discard();
      if (head.status === 200) return true;
      const answer = await manifest('GET', digest, signal);
      await answer.discard();
      if (answer.status !== 200 && answer.status !== 404) throw unexpected(answer, `look for ${digest}`);
      return answer.status === 200;
    },
    async deleteManifest(digest, signal) {
      const answer = await manifest('DELETE', digest, signal);
      await answer.discard();
      const { status } = answer;
      if (status === 405) {
        const message = `${service.subject} does not delete images; its administrator must enable that`;
        throw new RegistryError(message, { problem: 'unsupported', host, status });
      }
      if (status !== 202 && status !== 200 && status !== 404) throw unexpected(answer, `delete ${digest}`);
      return status !== 404;
    },
  };
}

/** An error for which the next credentials are tried; any other is thrown. */
function refusalOf(error: unknown): RegistryError {
  if (error instanceof RegistryError && error.problem === 'unauthorized') return error;
  throw error;
}

/** Returns the function that finds the repository's URL; where plain HTTP is allowed, TLS is tried first. */
function urlFinder(options: DockerRegistryOptions): (signal?: AbortSignal) => Promise<URL> {
  const { registry: host, repository, plainHttp = false, fetch = globalThis.fetch, timeoutMs } = options;
  const url = repositoryUrl(host, repository);
  if (!plainHttp) return async () => url;
  const { isPlainHttpAllowed = ({ hostname }) => isLoopback(hostname) } = options;
  if (!isPlainHttpAllowed(url)) {
    throw new Error(`registry ${host} is not on this machine: plain HTTP would show credentials to others`);
  }
  return createSchemeProbe(url, { subject: `Docker registry ${host}`, host }, { fetch, timeoutMs });
}

import type { Fetch } from '../http/fetch';
import { nextLink } from '../http/link';
import type { DockerCredentials } from './docker-credentials';
import { createGrants, type DockerAction, type Grant, unauthorized } from './docker-grants';
import { repositoryUrl } from './docker-host';
import { RegistryError } from './registry-error';
import { type RegistryAnswer, type RegistryRequest, sendRegistryRequest } from './registry-request';

export interface DockerRegistryOptions {
  /** Host with an optional port, as references have it; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  /** Null asks anonymously. */
  readonly credentials: DockerCredentials | null;
  /** Hosts and URLs besides the registry that may be sent the credentials; Docker Hub's own by default. */
  readonly allowedAuthRealms?: readonly string[] | undefined;
  /** Limit of one request. */
  readonly timeoutMs: number;
  /** Speaks HTTP instead of HTTPS, with a registry on this machine only. */
  readonly plainHttp?: boolean;
  /** How many tags to ask for at a time; by default as many as the registry gives. */
  readonly pageSize?: number;
  readonly fetch?: Fetch;
}

/** One repository of a Docker registry. All methods throw `RegistryError`, or the signal's reason once aborted. */
export interface DockerRegistry {
  /** Every tag, as the registry orders them; none twice, and none that no reference could name. */
  listTags(signal?: AbortSignal): Promise<string[]>;
  /** The digest that a tag stands for now; null if there is no such tag. */
  digestOf(tag: string, signal?: AbortSignal): Promise<string | null>;
  /** Whether the registry still serves a manifest by its digest. */
  hasManifest(digest: string, signal?: AbortSignal): Promise<boolean>;
  /** Deletes a manifest and with it every tag that stands for it; false if it was gone already. */
  deleteManifest(digest: string, signal?: AbortSignal): Promise<boolean>;
}

const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/json;q=0.5',
].join(', ');

const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const TAG = /^\w[\w.-]{0,127}$/;
const MAX_PAGES = 10_000;

/**
 * A client of one repository that remembers what it may do; asks nothing by itself.
 *
 * @throws Error for a registry that is no host, and for plain HTTP to another machine.
 */
export function createDockerRegistry(options: DockerRegistryOptions): DockerRegistry {
  const { registry: host, repository, credentials, allowedAuthRealms, plainHttp = false } = options;
  const { fetch = globalThis.fetch, timeoutMs, pageSize } = options;
  const registryUrl = repositoryUrl(host, repository, plainHttp);
  const subject = `Docker registry ${host}`;
  const grants = createGrants({
    registry: host,
    registryUrl,
    credentials,
    allowedAuthRealms,
    send: (request, service) => sendRegistryRequest(request, service, { fetch, timeoutMs }),
  });

  async function attempt(request: RegistryRequest, grant: Grant | undefined): Promise<RegistryAnswer> {
    const authorization = await grant?.authorization;
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
    return sendRegistryRequest({ ...request, headers }, { subject, host }, { fetch, timeoutMs });
  }

  async function send(request: RegistryRequest): Promise<RegistryAnswer> {
    const action: DockerAction = request.method === 'DELETE' ? 'delete' : 'pull';
    const grant = grants.current(action);
    const first = await attempt(request, grant);
    if (first.status !== 401) return first;
    await first.discard();
    request.signal?.throwIfAborted();
    const second = await attempt(request, grants.answer(action, grant, first.header('www-authenticate')));
    if (second.status !== 401) return second;
    await second.discard();
    throw unauthorized(
      host,
      credentials ? 'refused the credentials' : 'wants credentials, and there are none',
    );
  }

  function unexpected({ status }: RegistryAnswer, what: string): RegistryError {
    if (status === 403) return unauthorized(host, `does not allow us to ${what}`, status);
    return new RegistryError(`${subject} answered with status ${status} when asked to ${what}`, {
      problem: 'broken',
      host,
      status,
    });
  }

  const manifest = (method: RegistryRequest['method'], reference: string, signal?: AbortSignal) => {
    const url = new URL(`manifests/${encodeURIComponent(reference)}`, registryUrl);
    return send({ method, url, headers: { accept: MANIFEST_TYPES }, signal });
  };

  async function page(
    url: URL,
    signal?: AbortSignal,
  ): Promise<{ tags: readonly string[]; next: URL | null }> {
    const answer = await send({ method: 'GET', url, headers: { accept: 'application/json' }, signal });
    const { status } = answer;
    if (status !== 200) await answer.discard();
    if (status === 404) {
      const message = `${subject} has no repository ${repository}`;
      throw new RegistryError(message, { problem: 'notFound', host, status });
    }
    if (status !== 200) throw unexpected(answer, 'list tags');
    const tags = readTags(await answer.json());
    if (!tags)
      throw new RegistryError(`${subject} answered without a list of tags`, { problem: 'broken', host });
    const target = nextLink(answer.header('link'));
    return { tags, next: target === null ? null : nextPage(target, answer.url) };
  }

  function nextPage(target: string, current: URL): URL {
    const url = URL.canParse(target, current.href) ? new URL(target, current) : null;
    if (url && url.origin === registryUrl.origin && url.username === '' && url.password === '') return url;
    const message = `${subject} continues its list of tags at another place: ${url?.host || 'no URL'}`;
    throw new RegistryError(message, { problem: 'disallowed', host });
  }

  return {
    async listTags(signal) {
      const tags = new Set<string>();
      const seen = new Set<string>();
      let url: URL | null = new URL('tags/list', registryUrl);
      if (pageSize !== undefined) url.searchParams.set('n', String(pageSize));
      while (url) {
        if (seen.has(url.href) || seen.size === MAX_PAGES) {
          throw new RegistryError(`${subject} continues its list of tags for ever`, {
            problem: 'broken',
            host,
          });
        }
        seen.add(url.href);
        const found = await page(url, signal);
        for (const tag of found.tags) if (TAG.test(tag)) tags.add(tag);
        url = found.next;
      }
      return [...tags];
    },
    async digestOf(tag, signal) {
      const answer = await manifest('HEAD', tag, signal);
      await answer.discard();
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw unexpected(answer, `read tag ${tag}`);
      const digest = answer.header('docker-content-digest') ?? '';
      if (DIGEST.test(digest)) return digest;
      throw new RegistryError(`${subject} gave no digest for tag ${tag}`, { problem: 'broken', host });
    },
    async hasManifest(digest, signal) {
      const answer = await manifest('HEAD', digest, signal);
      await answer.discard();
      if (answer.status !== 200 && answer.status !== 404) throw unexpected(answer, `look for ${digest}`);
      return answer.status === 200;
    },
    async deleteManifest(digest, signal) {
      const answer = await manifest('DELETE', digest, signal);
      await answer.discard();
      const { status } = answer;
      if (status === 405) {
        const message = `${subject} does not delete images; its administrator must enable that`;
        throw new RegistryError(message, { problem: 'unsupported', host, status });
      }
      if (status !== 202 && status !== 200 && status !== 404) throw unexpected(answer, `delete ${digest}`);
      return status !== 404;
    },
  };
}

/** The tags of an answer; registries write null for a repository without any. Null if it is no such answer. */
function readTags(document: unknown): readonly string[] | null {
  if (typeof document !== 'object' || document === null || !('tags' in document)) return null;
  const { tags } = document;
  if (tags === null) return [];
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : null;
}

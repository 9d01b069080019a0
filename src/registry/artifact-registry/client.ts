import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Fetch, isLoopback } from '../../http/fetch';
import { RegistryError } from '../errors';
import { type RegistryAnswer, type RegistryRequest, sendRegistryRequest } from '../request';
import { type Authorize, applicationDefaultCredentials } from './credentials';

export interface ArtifactRegistryOptions {
  readonly location: string;
  readonly projectId: string;
  readonly repository: string;
  readonly image: string;
  /** Limit of one request. */
  readonly timeoutMs: number;
  /** Pause before a retry after an internal error or an unavailable service. */
  readonly retryDelayMs: number;
  /** Maximum number of retries. */
  readonly retries: number;
  /** URL of the API, for tests and private endpoints; Google's by default. */
  readonly apiEndpoint?: string | undefined;
  /** Replaces application default credentials. */
  readonly authorize?: Authorize;
  readonly fetch?: Fetch | undefined;
  /** Whether plain HTTP to a URL is allowed; only to loopback by default. */
  readonly isPlainHttpAllowed?: ((url: URL) => boolean) | undefined;
}

/** One tag of the image. */
export interface ArtifactTag {
  readonly tag: string;
  readonly digest: string;
  /** In bytes; null if the registry does not return it. */
  readonly size: number | null;
}

/** One image of Google Artifact Registry. All methods throw `RegistryError`, or the signal's reason once aborted. */
export interface ArtifactRegistry {
  /** Host of the registry in references. */
  readonly host: string;
  /** All tags with their digests; versions without a tag are left out. */
  listTags(signal?: AbortSignal): Promise<ArtifactTag[]>;
  /**
   * Deletes versions of the image by digest, fifty in one request, and waits for the operations. `onDeleted` gets the
   * number so far after each request.
   */
  deleteVersions(
    digests: readonly string[],
    onDeleted: (count: number) => void,
    signal?: AbortSignal,
  ): Promise<void>;
}

const GOOGLE = 'https://artifactregistry.googleapis.com';
const PAGE_SIZE = 1000;
const DELETED_AT_ONCE = 50;
const OPERATION_POLL_MS = 1000;

const dockerImages = z.object({
  dockerImages: z
    .array(
      z.object({
        uri: z.string().optional(),
        tags: z.array(z.string()).optional(),
        imageSizeBytes: z.union([z.string(), z.number()]).optional(),
      }),
    )
    .optional(),
  nextPageToken: z.string().optional(),
});

const operation = z.object({
  name: z.string(),
  done: z.boolean().optional(),
  error: z.object({ code: z.number().optional() }).optional(),
});

/**
 * Creates a client of one image. No request is sent before the first call.
 *
 * @throws Error for an endpoint of plain HTTP that is not allowed.
 */
export function createArtifactRegistry(options: ArtifactRegistryOptions): ArtifactRegistry {
  const { location, projectId, repository, image, apiEndpoint = GOOGLE } = options;
  const { timeoutMs, retryDelayMs, retries, fetch = globalThis.fetch } = options;
  const host = `${location}-docker.pkg.dev`;
  const subject = `Google Artifact Registry ${host}/${projectId}/${repository}`;
  const parent = `projects/${projectId}/locations/${location}/repositories/${repository}`;
  const authorize =
    options.authorize ?? applicationDefaultCredentials(projectId, { subject, host }, options.fetch);
  const endpoint = new URL(apiEndpoint);
  const { isPlainHttpAllowed = ({ hostname }) => isLoopback(hostname) } = options;
  if (endpoint.protocol !== 'https:' && !isPlainHttpAllowed(endpoint)) {
    throw new Error(`${apiEndpoint} is not on this machine: plain HTTP would show tokens to others`);
  }

  async function ask<T>(
    method: 'GET' | 'POST',
    path: string,
    answer: z.ZodType<T>,
    { body, signal }: { readonly body?: object; readonly signal: AbortSignal | undefined },
  ): Promise<T> {
    const url = new URL(`/v1/${path}`, endpoint);
    for (let attempt = 0; ; attempt += 1) {
      try {
        signal?.throwIfAborted();
        const headers = { accept: 'application/json', ...(await authorize(url)) };
        const request: RegistryRequest = { method, url, headers, signal };
        return await read(answer, await send(body === undefined ? request : withBody(request, body)));
      } catch (error) {
        const isPassing = error instanceof RegistryError && error.problem === 'unavailable';
        if (!isPassing || attempt >= retries) throw error;
      }
      await pause(retryDelayMs, signal);
    }
  }

  const send = (request: RegistryRequest) =>
    sendRegistryRequest(request, { subject, host }, { fetch, timeoutMs });

  async function read<T>(schema: z.ZodType<T>, answer: RegistryAnswer): Promise<T> {
    const { status } = answer;
    if (status !== 200) {
      await answer.discard();
      throw failureFor(status, subject, host);
    }
    const parsed = schema.safeParse(await answer.json());
    if (parsed.success) return parsed.data;
    throw new RegistryError(`${subject} answered with an unexpected document`, { problem: 'broken', host });
  }

  return {
    host,
    async listTags(signal) {
      const tags: ArtifactTag[] = [];
      const seen = new Set<string>();
      let pageToken = '';
      do {
        seen.add(pageToken);
        const query = new URLSearchParams({
          pageSize: String(PAGE_SIZE),
          ...(pageToken ? { pageToken } : {}),
        });
        const page = await ask('GET', `${parent}/dockerImages?${query.toString()}`, dockerImages, { signal });
        tags.push(...(page.dockerImages ?? []).flatMap((entry) => tagsOf(entry, image)));
        pageToken = page.nextPageToken ?? '';
        if (pageToken !== '' && seen.has(pageToken)) {
          const message = `${subject} continues its list of images for ever`;
          throw new RegistryError(message, { problem: 'broken', host });
        }
      } while (pageToken !== '');
      return tags;
    },
    async deleteVersions(digests, onDeleted, signal) {
      // A name with slashes is one segment of the path, so it is encoded twice: in the resource name, and as a URL.
      const packageName = `${parent}/packages/${encodeURIComponent(image)}`;
      const path = `${parent}/packages/${encodeURIComponent(encodeURIComponent(image))}/versions:batchDelete`;
      const names = [...new Set(digests)].map((digest) => `${packageName}/versions/${digest}`);
      for (let first = 0; first < names.length; first += DELETED_AT_ONCE) {
        const body = { names: names.slice(first, first + DELETED_AT_ONCE) };
        let current = await ask('POST', path, operation, { body, signal });
        while (current.done !== true) {
          await pause(OPERATION_POLL_MS, signal);
          current = await ask('GET', current.name, operation, { signal });
        }
        if (current.error) {
          const message = `${subject} could not delete all images (code ${current.error.code ?? 'unknown'})`;
          throw new RegistryError(message, { problem: 'broken', host });
        }
        onDeleted(first + body.names.length);
      }
    },
  };
}

function withBody(request: RegistryRequest, body: object): RegistryRequest {
  const headers = { ...request.headers, 'content-type': 'application/json' };
  return { ...request, headers, body: JSON.stringify(body) };
}

async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(durationMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
}

function failureFor(status: number, subject: string, host: string): RegistryError {
  if (status === 401 || status === 403) {
    const needed = 'the role Artifact Registry Reader, to delete Repository Administrator';
    const message = `${subject} does not let us in (status ${status}): the service account needs ${needed}`;
    return new RegistryError(message, { problem: 'unauthorized', host, status });
  }
  if (status === 404) {
    return new RegistryError(`${subject} does not exist`, { problem: 'notFound', host, status });
  }
  return new RegistryError(`${subject} answered with status ${status}`, { problem: 'broken', host, status });
}

type ListedImage = NonNullable<z.output<typeof dockerImages>['dockerImages']>[number];

/** An entry's URI ends with `<image>@<digest>`; a repository may hold images of other names. */
function tagsOf({ uri, tags, imageSizeBytes }: ListedImage, image: string): ArtifactTag[] {
  const [name, digest] = uri?.split('/').at(-1)?.split('@') ?? [];
  if (name !== image || digest === undefined || !/^sha\d+:[0-9a-f]+$/.test(digest)) return [];
  const bytes = Number(imageSizeBytes);
  const size = Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
  return (tags ?? []).map((tag) => ({ tag, digest, size }));
}

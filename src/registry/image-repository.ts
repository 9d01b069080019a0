import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { CatalogueTag } from '../domain/images/catalogue';
import { isArtifactTag } from '../domain/images/tag-grammar';
import { isListedHost } from '../domain/urls';
import { type Fetch, isLoopback } from '../http/fetch';
import { type ArtifactRegistry, createArtifactRegistry } from './artifact-registry/client';
import { createDockerRegistry, type DockerRegistry } from './docker/client';
import { readDockerCredentials } from './docker/credentials';

/** The configured repository of images. All methods throw `RegistryError`. */
export interface ImageRepository {
  /** Registry and repository as references have them. */
  readonly registry: string;
  readonly repository: string;
  /** All tags in the registry's order, with digest and size where the listing contains them. */
  listTags(signal?: AbortSignal): Promise<CatalogueTag[]>;
  /** The current digest of a tag; null if there is no such tag. */
  digestOf(tag: string, signal?: AbortSignal): Promise<string | null>;
  /** Whether the registry serves an image by its digest. */
  hasDigest(digest: string, signal?: AbortSignal): Promise<boolean>;
  /** Deletes images with all of their tags; `onDeleted` gets their number so far. Missing ones are not an error. */
  deleteDigests(digests: readonly string[], onDeleted: (count: number) => void): Promise<void>;
}

export interface RepositoryOptions {
  readonly images: Pick<Config['images'], 'source' | 'dockerCredentialsPath'>;
  readonly outgoing: Pick<Config['outgoing'], 'plainHttpHosts'>;
  readonly timeouts: Pick<Config['timeouts'], 'httpClientMs' | 'garRetryDelayMs' | 'garRetries'>;
  /** Called with hints why credentials are not used although a file is configured. */
  readonly notify: (hint: string) => void;
  /** Replaces Node's `fetch`, for proxies. */
  readonly fetch?: Fetch | undefined;
}

const plainHttpRule =
  ({ plainHttpHosts }: RepositoryOptions['outgoing']) =>
  (url: URL): boolean =>
    isLoopback(url.hostname) || isListedHost(url, plainHttpHosts);

type Source = Config['images']['source'];

/**
 * Creates the client of the configured repository; null for a static list of images. The credentials file is read once.
 *
 * @throws Error for a credentials file that cannot be read or parsed.
 */
export function createImageRepository(options: RepositoryOptions): ImageRepository | null {
  const { source } = options.images;
  switch (source.type) {
    case 'docker':
      return dockerRepository(source, options);
    case 'google':
      return googleRepository(source, options);
    case 'static':
      return null;
  }
}

function dockerRepository(
  { registry, repository, allowedAuthRealms }: Extract<Source, { type: 'docker' }>,
  { images, outgoing, timeouts, notify, fetch }: RepositoryOptions,
): ImageRepository {
  const path = images.dockerCredentialsPath;
  const { credentials, hints } =
    path === null ? { credentials: [], hints: [] } : readDockerCredentials(path, registry, repository);
  const url = new URL(`http://${registry}`);
  for (const hint of hints) notify(hint);
  const client: DockerRegistry = createDockerRegistry({
    registry,
    repository,
    credentials,
    allowedAuthRealms,
    whyNoCredentials: hints[0],
    timeoutMs: timeouts.httpClientMs,
    plainHttp: isLoopback(url.hostname) || isListedHost(url, outgoing.plainHttpHosts),
    isPlainHttpAllowed: plainHttpRule(outgoing),
    fetch,
  });
  return {
    registry,
    repository,
    listTags: async (signal) =>
      (await client.listTags(signal))
        .filter((tag) => !isArtifactTag(tag))
        .map((tag) => ({ tag, digest: null, size: null })),
    digestOf: (tag, signal) => client.digestOf(tag, signal),
    hasDigest: (digest, signal) => client.hasManifest(digest, signal),
    async deleteDigests(digests, onDeleted) {
      for (const [index, digest] of digests.entries()) {
        await client.deleteManifest(digest);
        onDeleted(index + 1);
      }
    },
  };
}

function googleRepository(
  { location, projectId, repository, image, apiEndpoint }: Extract<Source, { type: 'google' }>,
  { outgoing, timeouts, fetch }: RepositoryOptions,
): ImageRepository {
  const client: ArtifactRegistry = createArtifactRegistry({
    location,
    projectId,
    repository,
    image,
    apiEndpoint: apiEndpoint ?? undefined,
    timeoutMs: timeouts.httpClientMs,
    retryDelayMs: timeouts.garRetryDelayMs,
    retries: timeouts.garRetries,
    isPlainHttpAllowed: plainHttpRule(outgoing),
    fetch,
  });
  const find = async (matches: (tag: CatalogueTag) => boolean, signal?: AbortSignal) =>
    (await client.listTags(signal)).find(matches);
  return {
    registry: client.host,
    repository: `${projectId}/${repository}/${image}`,
    listTags: async (signal) => (await client.listTags(signal)).filter(({ tag }) => !isArtifactTag(tag)),
    digestOf: async (wanted, signal) => (await find(({ tag }) => tag === wanted, signal))?.digest ?? null,
    hasDigest: async (wanted, signal) =>
      (await find(({ digest }) => digest === wanted, signal)) !== undefined,
    deleteDigests: (digests, onDeleted) => client.deleteVersions(digests, onDeleted),
  };
}

/**
 * Creates the image repository of a configuration, each time with the present credentials, since files of secrets
 * change while the process runs. Each credential hint is logged once.
 */
export function repositories(logger: Logger, fetch?: Fetch): (config: Config) => ImageRepository | null {
  const said = new Set<string>();
  const notify = (notice: string): void => {
    if (!said.has(notice)) logger.warn(`images: ${notice}`);
    said.add(notice);
  };
  return ({ images, outgoing, timeouts }) =>
    createImageRepository({ images, outgoing, timeouts, notify, fetch });
}

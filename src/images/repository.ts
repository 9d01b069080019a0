import type { Config } from '../config/config';
import { isArtifactTag } from '../domain/images/artifact-tag';
import type { CatalogueTag } from '../domain/images/catalogue';
import { isListedHost } from '../domain/urls';
import type { Fetch } from '../http/fetch';
import { isLoopback } from '../http/loopback';
import { type ArtifactRegistry, createArtifactRegistry } from '../registry/artifact-registry';
import { readDockerCredentials } from '../registry/docker-config-file';
import { createDockerRegistry, type DockerRegistry } from '../registry/docker-registry';

/** The repository that images are chosen from. All methods throw `RegistryError`. */
export interface ImageRepository {
  /** Registry and repository as references have them. */
  readonly registry: string;
  readonly repository: string;
  /** Every tag in the registry's order, with digest and size where a listing tells them. */
  listTags(signal?: AbortSignal): Promise<CatalogueTag[]>;
  /** The digest that a tag stands for now; null if there is no such tag. */
  digestOf(tag: string, signal?: AbortSignal): Promise<string | null>;
  /** Whether the registry serves an image by its digest. */
  hasDigest(digest: string, signal?: AbortSignal): Promise<boolean>;
  /** Deletes images with all of their tags; tells how many are gone so far. Those that are gone already are none. */
  deleteDigests(digests: readonly string[], onDeleted: (count: number) => void): Promise<void>;
}

export interface RepositoryOptions {
  readonly images: Pick<Config['images'], 'source' | 'dockerCredentialsPath'>;
  readonly outgoing: Pick<Config['outgoing'], 'plainHttpHosts'>;
  readonly timeouts: Pick<Config['timeouts'], 'httpClientMs' | 'garRetryDelayMs' | 'garRetries'>;
  /** Told why credentials are not used although a file is configured. */
  readonly notify: (notice: string) => void;
  /** Instead of Node's, where the registry is asked through a proxy. */
  readonly fetch?: Fetch | undefined;
}

const plainHttpRule =
  ({ plainHttpHosts }: RepositoryOptions['outgoing']) =>
  (url: URL): boolean =>
    isLoopback(url.hostname) || isListedHost(url, plainHttpHosts);

type Source = Config['images']['source'];

/**
 * Makes the client of the configured repository; null for a fixed list, which has none. Credentials are read once.
 *
 * @throws Error for a file of credentials that cannot be understood.
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
  const { credentials, notices } =
    path === null ? { credentials: [], notices: [] } : readDockerCredentials(path, registry, repository);
  const url = new URL(`http://${registry}`);
  for (const notice of notices) notify(notice);
  const client: DockerRegistry = createDockerRegistry({
    registry,
    repository,
    credentials,
    allowedAuthRealms,
    whyNoCredentials: notices[0],
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

import { setTimeout as delay } from 'node:timers/promises';
import { concurrently } from '../../activities/concurrently';
import { type Config, parseConfig, readConfigText } from '../../config/config';
import { configPath } from '../../config/environment';
import { readEnvironment } from '../../config/process-environment';
import type { CatalogueTag } from '../../domain/images/catalogue';
import { outgoingOf } from '../../process/outgoing';
import { RegistryError } from '../../registry/errors';
import { createImageRepository, type ImageRepository } from '../../registry/image-repository';
import { Progress } from './terminal';

/** The part of the controller's configuration that commands on images use. */
export type ImagesConfig = Pick<Config, 'images' | 'prune' | 'timeouts'>;

export interface OpenRepository {
  readonly config: ImagesConfig;
  readonly repository: ImageRepository;
}

const ATTEMPTS = 5;
const PAUSE_MS = 2_000;

/**
 * Opens the repository of the controller's configuration file. `REPERTOIRE_BASE_URL` and the like are not required.
 *
 * @throws Error for a configuration that cannot be used, and for a fixed list of images.
 */
export function openRepository(file: string | undefined): OpenRepository {
  const environment = readEnvironment();
  const path = file ?? configPath(environment);
  const discovery = { REPERTOIRE_BASE_URL: 'http://unused.invalid', ...environment };
  const { config } = parseConfig(readConfigText(path), discovery);
  const { images, outgoing, timeouts } = config;
  const repository = createImageRepository({
    images,
    outgoing,
    timeouts,
    notify: note,
    fetch: outgoingOf(config).registries,
  });
  if (repository) return { config, repository };
  throw new Error(`${path}: images.source is a fixed list; there is no repository to look into`);
}

const note = (text: string) => console.error(`note: ${text}`);

/** Lists all tags, with retries. */
export function listTags({ repository }: OpenRepository): Promise<CatalogueTag[]> {
  return withRetries(() => repository.listTags());
}

/** Reads the digests that the listing lacks; tags that have vanished are left out. */
export async function readDigests(
  { repository }: OpenRepository,
  tags: readonly CatalogueTag[],
): Promise<CatalogueTag[]> {
  const unread = tags.filter(({ digest }) => digest === null);
  const progress = new Progress('digests read', unread.length);
  const read = new Map<string, string | null>();
  await concurrently(unread, async ({ tag }) => {
    read.set(tag, await withRetries(() => repository.digestOf(tag)));
    progress.step(read.size);
  });
  progress.end();
  return tags
    .map((entry) => ({ ...entry, digest: entry.digest ?? read.get(entry.tag) ?? null }))
    .filter(({ digest }) => digest !== null);
}

/** Retries temporary failures, after the pause of `Retry-After`. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RegistryError) || !error.isTemporary || attempt === ATTEMPTS) throw error;
      const pauseMs = error.retryAfterMs ?? PAUSE_MS * attempt;
      note(`${error.message}; trying again in ${Math.ceil(pauseMs / 1000)} s`);
      await delay(pauseMs);
    }
  }
}

import type { CatalogueTag } from '../../domain/images/catalogue';
import type { KnownImage } from '../../domain/images/image';
import { knownImages } from '../../domain/images/known-images';
import { listTags, type OpenRepository, openRepository, readDigests } from './repository';

export interface ListOptions {
  readonly config?: string;
  readonly digests?: boolean;
  readonly json?: boolean;
}

/** Prints every tag of the repository in the order of menus; with `digests` also the digest and aliases of each. */
export async function listImages(options: ListOptions): Promise<void> {
  const opened = openRepository(options.config);
  const listed = await listTags(opened);
  const tags = options.digests ? await readDigests(opened, listed) : listed;
  const images = imagesOf(opened, tags);
  if (options.json) console.log(JSON.stringify(document(opened, images), null, 2));
  else console.log(table(images).join('\n') || 'no images');
}

/** All tags as images, of every cycle. */
export function imagesOf(
  { config, repository }: OpenRepository,
  tags: readonly CatalogueTag[],
): readonly KnownImage[] {
  const { source } = config.images;
  if (source.type === 'static') return [];
  const { registry, repository: name } = repository;
  const catalogue = { version: 1, registry, repository: name, tags, nodes: [] } as const;
  return knownImages(catalogue, { ...config.images, source, cycle: null }).images;
}

function document({ repository }: OpenRepository, images: readonly KnownImage[]): object {
  return {
    registry: repository.registry,
    repository: repository.repository,
    images: images.map(({ tag, type, displayName, digest, size, date, aliases, aliasTarget }) => ({
      tag,
      type,
      name: displayName,
      digest,
      size,
      date,
      aliases,
      aliasTarget,
    })),
  };
}

function table(images: readonly KnownImage[]): string[] {
  const width = images.reduce((longest, { tag }) => Math.max(longest, tag.length), 0);
  return images.map(({ tag, displayName, digest, size }) =>
    [
      tag.padEnd(width),
      ...(digest === null ? [] : [digest.slice(0, 19)]),
      ...(size === null ? [] : [`${(size / 2 ** 30).toFixed(1)} GiB`]),
      displayName,
    ].join('  '),
  );
}

import type { ImageCatalogue } from './catalogue';
import { normalisedName } from './image-name';
import { readTags, type TagSettings } from './known-images';

/** An image on a node by its names. */
interface NamedImage {
  readonly digests: readonly string[];
  /** Each as `normalisedName` writes it. */
  readonly tags: readonly string[];
}

/**
 * Tells which digests of a repository a node has, sorted. An image is there by any of its digests. One that has none,
 * such as one loaded from a file, is there by its tag, if that says a version: other tags move.
 */
export function nodeDigests(
  { registry, repository, tags }: Pick<ImageCatalogue, 'registry' | 'repository' | 'tags'>,
  settings: TagSettings,
): (images: readonly NamedImage[]) => string[] {
  const known = new Set(tags.flatMap(({ digest }) => digest ?? []));
  const withDigest = tags.filter(({ digest }) => digest !== null);
  const read = readTags(
    withDigest.map(({ tag }) => tag),
    settings,
  );
  const versions = new Set(read.filter(({ version }) => version !== null).map(({ tag }) => tag));
  const byName = new Map(
    withDigest
      .filter(({ tag }) => versions.has(tag))
      .map(({ tag, digest }) => [normalisedName(`${registry}/${repository}:${tag}`), digest ?? '']),
  );
  const of = ({ digests, tags: names }: NamedImage): string[] =>
    digests.length > 0
      ? digests.filter((digest) => known.has(digest))
      : names.flatMap((name) => byName.get(name) ?? []);
  return (images) => [...new Set(images.flatMap(of))].toSorted();
}

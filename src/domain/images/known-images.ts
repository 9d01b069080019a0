import type { CatalogueTag, ImageCatalogue } from './catalogue';
import { collectionOf, type ImageCollection } from './collection';
import { type KnownImage, normalisedName } from './image';
import type { ImageTag } from './image-tag';
import { aliasTag, isArtifactTag, parseTag } from './tag-grammar';

/** What the configuration says of the tags of a repository. */
export interface TagSettings {
  readonly source: { readonly type: 'docker' | 'google' | 'static' };
  readonly recommendedTag: string;
  readonly aliasTags: readonly string[];
  /** The cycle that images must be of; null for any. */
  readonly cycle: number | null;
}

/**
 * Reads the tags of a repository, and leaves out those of other cycles. From Docker registries, aliases are known
 * by their names; elsewhere they are found by their digests alone.
 */
export function readTags(tags: readonly string[], settings: TagSettings): ImageTag[] {
  const { source, recommendedTag, aliasTags, cycle } = settings;
  const aliases = new Set(source.type === 'docker' ? [recommendedTag, ...aliasTags] : []);
  return tags
    .map((tag) => (aliases.has(tag) ? aliasTag(tag) : parseTag(tag)))
    .filter((tag) => cycle === null || tag.cycle === cycle);
}

/** All images of a catalogue that the configuration lets in. */
export function knownImages(catalogue: ImageCatalogue, settings: TagSettings): ImageCollection {
  const { registry, repository } = catalogue;
  const entries = new Map(catalogue.tags.map((entry) => [entry.tag, entry]));
  const nodes = nodesByDigest(catalogue);
  const imageOf = (tag: ImageTag): KnownImage => {
    const { digest, size }: Omit<CatalogueTag, 'tag'> = entries.get(tag.tag) ?? { digest: null, size: null };
    return {
      ...tag,
      registry,
      repository,
      digest,
      size,
      aliases: [],
      aliasTarget: null,
      nodes: (digest === null ? null : nodes.get(digest)) ?? [],
    };
  };
  return collectionOf(readTags([...entries.keys()], settings).map(imageOf));
}

const TAG = /^\w[\w.-]{0,127}$/;

/** Makes images of tags that a catalogue has left out; null for what is no tag of an image, or of another cycle. */
export function unlistedImages(
  { registry, repository }: ImageCatalogue,
  settings: TagSettings,
): (tag: string) => KnownImage | null {
  return (text) => {
    const [tag] = TAG.test(text) && !isArtifactTag(text) ? readTags([text], settings) : [];
    const nothing = { digest: null, size: null, aliases: [], aliasTarget: null, nodes: [] };
    return tag ? { ...tag, registry, repository, ...nothing } : null;
  };
}

/** For each digest the names of the nodes that have it, sorted. */
function nodesByDigest({ nodes }: ImageCatalogue): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { name, digests } of nodes.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    for (const digest of new Set(digests)) {
      const having = names.get(digest);
      if (having) having.push(name);
      else names.set(digest, [name]);
    }
  }
  return names;
}

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

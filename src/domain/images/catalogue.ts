/** One tag of the source, as of the last refresh. */
export interface CatalogueTag {
  readonly tag: string;
  /** `sha256:…`, where it is known: of all tags, or only of those that are prepulled, as the source has it. */
  readonly digest: string | null;
  /** Bytes, where known. */
  readonly size: number | null;
}

/** One node that labs may be meant for, as of the last refresh. */
export interface CatalogueNode {
  readonly name: string;
  /** Whether labs can be scheduled on it. */
  readonly isEligible: boolean;
  /** Why not, for people. */
  readonly comment: string | null;
  /** Digests of the images that it has; only those that the catalogue knows. */
  readonly digests: readonly string[];
}

/** Snapshot of images and nodes, from which menus, spawns and prepulls are decided. */
export interface ImageCatalogue {
  readonly version: 1;
  readonly registry: string;
  readonly repository: string;
  /** In the order of the source. */
  readonly tags: readonly CatalogueTag[];
  readonly nodes: readonly CatalogueNode[];
  /** Number of tags of the source that are not among `tags`, because of the limit; none by default. */
  readonly leftOut?: number | undefined;
}

/** How fresh a catalogue is. */
export interface CatalogueFreshness {
  /** RFC 3339 instant of the last refresh that worked; null if none has yet. */
  readonly refreshedAt: string | null;
  /** Why the latest refresh failed, for operators; null when it worked. */
  readonly failure: string | null;
}

/** The names of the nodes that labs can be scheduled on. */
export function eligibleNames(nodes: readonly CatalogueNode[]): string[] {
  return nodes.filter(({ isEligible }) => isEligible).map(({ name }) => name);
}

/** The catalogue with an image added to a node; unchanged if the node is not in it. */
export function withImageOnNode(
  catalogue: ImageCatalogue,
  { node, digest }: { readonly node: string; readonly digest: string },
): ImageCatalogue {
  const nodes = catalogue.nodes.map((known) =>
    known.name === node && !known.digests.includes(digest)
      ? { ...known, digests: [...known.digests, digest] }
      : known,
  );
  return { ...catalogue, nodes };
}

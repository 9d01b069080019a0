/** A Docker image reference: `registry/repository[:tag][@digest]`. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  /** `algorithm:hex`. */
  readonly digest: string | null;
}

/** The registry ends at the first slash, so that its port is no tag; the repository at `:` or `@`. */
const REFERENCE = /^([^/\s@]+)\/([^:@\s]+)(?::(\w[\w.-]{0,127}))?(?:@([A-Za-z][\w.+-]*:[0-9A-Fa-f]+))?$/;

/** Takes a reference apart; null if it is none. The registry must be given. */
export function parseReference(text: string): ImageReference | null {
  const match = REFERENCE.exec(text);
  if (!match) return null;
  const [, registry = '', repository = '', tag = null, digest = null] = match;
  return { registry, repository, tag, digest };
}

/** The text of a reference, the reverse of `parseReference`. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

import type { CatalogueTag } from '../../domain/images/catalogue';
import type { Protections } from '../../domain/images/deletion';
import { type ImageReference, parseReference } from '../../domain/images/reference';

type Repository = Pick<ImageReference, 'registry' | 'repository'>;

/**
 * What `--protect` names: by tag, by digest, or by a reference to the repository, of which both its tag and its digest
 * are protected.
 *
 * @throws Error for a name that would protect nothing: a slip of the pen must not cost an image.
 */
export function namedProtections(
  names: readonly string[],
  known: readonly CatalogueTag[],
  repository: Repository,
): Protections {
  const tags = new Map<string, string>();
  const digests = new Map<string, string>();
  for (const name of names) {
    const { tag, digest } = protectable(name, known, repository);
    if (tag !== null) tags.set(tag, `--protect names ${name}`);
    if (digest !== null) digests.set(digest, `--protect names ${name}`);
  }
  return { tags, digests };
}

function protectable(
  name: string,
  known: readonly CatalogueTag[],
  { registry, repository }: Repository,
): Pick<ImageReference, 'tag' | 'digest'> {
  const fail = (problem: string) => new Error(`--protect names ${name}, and ${problem}`);
  const reference = parseReference(name);
  if (reference && (reference.registry !== registry || reference.repository !== repository))
    throw fail(`that is not in ${registry}/${repository}; leave it out, or correct it`);
  const { tag, digest } = reference ?? tagOrDigest(name);
  if (tag === null && digest === null) throw fail('that is no image; add a tag or a digest');
  if (tag !== null && known.every((entry) => entry.tag !== tag))
    throw fail('the repository has no such tag; "nublado images list" prints those it has');
  // Where no digest was read, nothing is to be deleted.
  const isRead = known.some((entry) => entry.digest !== null);
  if (digest !== null && isRead && known.every((entry) => entry.digest !== digest))
    throw fail(
      'no tag stands for this digest; "nublado images list --digests" prints those that tags stand for',
    );
  return { tag, digest };
}

const tagOrDigest = (name: string) =>
  /^sha\d+:/.test(name) ? { tag: null, digest: name } : { tag: name, digest: null };

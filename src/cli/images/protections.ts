import * as z from 'zod';
import { readEnvironment } from '../../config/process-environment';
import type { Protections } from '../../domain/images/deletion';
import { tagsToPrepull } from '../../domain/images/prepull-selection';
import { type ImageReference, parseReference } from '../../domain/images/reference';
import { createTemporalClient } from '../../temporal/connection';
import { publishedLabs } from '../../temporal/open-labs';
import { Refusal } from './refusal';
import type { OpenRepository } from './repository';

const publishedLab = z.object({
  user: z.object({ username: z.string() }),
  options: z.object({ image: z.string() }),
});

/**
 * Finds what must stay: images of labs that run or start, those that the menu offers, pinned and kept tags, and those
 * named with `--protect`, by tag, digest or reference. Without Temporal it warns that labs are not known.
 *
 * @throws Refusal for a lab whose image cannot be told.
 */
export async function findProtections(
  { config, repository }: OpenRepository,
  tags: readonly string[],
  protect: readonly string[],
): Promise<Protections> {
  const { images, prune } = config;
  const { source } = images;
  const found = { tags: new Map<string, string>(), digests: new Map<string, string>() };
  const add = ({ tag, digest }: Pick<ImageReference, 'tag' | 'digest'>, reason: string) => {
    if (digest !== null) found.digests.set(digest, reason);
    else if (tag !== null) found.tags.set(tag, reason);
  };
  if (source.type !== 'static') {
    for (const tag of tagsToPrepull(tags, { ...images, source }))
      found.tags.set(tag, `the menu offers ${tag}`);
  }
  for (const tag of prune.keep) found.tags.set(tag, `prune.keep names ${tag}`);
  for (const name of protect) {
    const reference = parseReference(name);
    if (reference) add(reference, `--protect names ${name}`);
    else
      add(
        /^sha\d+:/.test(name) ? { tag: null, digest: name } : { tag: name, digest: null },
        '--protect names it',
      );
  }
  for await (const { username, reference } of labImages()) {
    const isOurs =
      reference.registry === repository.registry && reference.repository === repository.repository;
    if (isOurs) add(reference, `the lab of ${username} uses it`);
  }
  return found;
}

async function* labImages(): AsyncGenerator<{
  readonly username: string;
  readonly reference: ImageReference;
}> {
  if (!isTemporalNamed()) {
    console.error(
      'warning: labs that run are not known without TEMPORAL_ADDRESS; name their images with --protect',
    );
    return;
  }
  const temporal = createTemporalClient();
  try {
    for await (const memo of publishedLabs(temporal.client)) {
      const lab = publishedLab.safeParse(memo);
      const reference = lab.success ? parseReference(lab.data.options.image) : null;
      if (!lab.success || !reference) throw new Refusal('there is a lab whose image cannot be told');
      yield { username: lab.data.user.username, reference };
    }
  } finally {
    await temporal.close();
  }
}

function isTemporalNamed(): boolean {
  const { TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE } = readEnvironment();
  return Boolean(TEMPORAL_ADDRESS || TEMPORAL_CONFIG_FILE || TEMPORAL_PROFILE);
}

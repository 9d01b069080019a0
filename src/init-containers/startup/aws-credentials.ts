interface Section {
  /** Null for what stands before the first section. */
  readonly name: string | null;
  readonly text: string;
}

const HEADER = /^\[(.+)\]/;

function sectionsOf(text: string): Section[] {
  return text
    .split(/^(?=\[.+\])/m)
    .map((part) => ({ name: HEADER.exec(part)?.[1]?.trim() ?? null, text: part }));
}

/**
 * Merges AWS credentials files: the site's sections replace those of the same name, all else of the user's stays
 * as it is written.
 */
export function mergeAwsCredentials(own: string, site: string): string {
  const given = new Map(sectionsOf(site).flatMap(({ name, text }) => (name === null ? [] : [[name, text]])));
  const kept = sectionsOf(own).flatMap(({ name, text }) => {
    const replacement = name === null ? undefined : given.get(name);
    if (name === null || replacement === undefined) return [text];
    given.set(name, '');
    return [replacement];
  });
  return [...kept, ...given.values()]
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => `${text}\n`)
    .join('\n');
}

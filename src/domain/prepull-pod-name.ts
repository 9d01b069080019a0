const MAX_LENGTH = 253;

/**
 * The pod that pulls a tag to a node: `prepull-<tag>-<node>`, made a valid name. Two pairs of tag and node have
 * two names: what had to be changed or cut, or does not say where the tag ends, gets a hash of both.
 */
export function prepullPodName(tag: string, node: string): string {
  const plain = `prepull-${tag}-${node}`;
  const valid = validName(plain);
  if (valid === plain && !tag.includes('-')) return plain;
  const suffix = `-${fingerprint(`${tag} ${node}`)}`;
  return `${withoutLooseEnd(valid.slice(0, MAX_LENGTH - suffix.length))}${suffix}`;
}

function validName(text: string): string {
  const characters = text
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/[^a-z0-9.-]/g, '');
  // Next to a dot there must be a letter or digit.
  const name = characters.replace(/[.-]{2,}/g, (run) => (run.includes('.') ? '-' : run));
  return withoutLooseEnd(name.slice(0, MAX_LENGTH));
}

function withoutLooseEnd(name: string): string {
  return name.replace(/(?<![.-])[.-]+$/, '');
}

/** FNV-1a of 64 bits: in objects and workflows there is no `node:crypto`. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash ^= BigInt(character.codePointAt(0) ?? 0);
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

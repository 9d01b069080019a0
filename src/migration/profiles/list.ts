import { emptyAt, isKeyed, merged, type Placed, partAt } from '../values/placed';
import { UnusableFiles } from '../values/read';

/** Keys below which a file may have its list of profiles. */
const HOLDERS = [['jupyterhub', 'singleuser'], ['singleuser'], []];

/** A list of profiles, and the settings of all labs beside it. */
export interface ProfileList {
  readonly profiles: readonly Placed[];
  /** Path of the list in its file. */
  readonly path: readonly string[];
  /** What Zero to JupyterHub calls `singleuser`; an empty mapping if there is none. */
  readonly singleuser: Placed;
}

/**
 * Finds the list of profiles in the documents of a file.
 *
 * @throws UnusableFiles when there is none, or it is empty.
 */
export function profileListOf(documents: readonly Placed[], file: string): ProfileList {
  const start = { file, line: 1, column: 1 };
  const [first] = documents;
  const found = first && Array.isArray(first.value) ? bare(first) : listIn(documents, emptyAt(start));
  if (found === null) throw new UnusableFiles(`${file}: has no list of profiles`);
  if (found.profiles.length === 0) throw new UnusableFiles(`${file}: its list of profiles is empty`);
  return found;
}

const bare = (list: Placed): ProfileList => ({
  profiles: [...list.parts.values()],
  path: [],
  singleuser: emptyAt(list.at),
});

function listIn(documents: readonly Placed[], empty: Placed): ProfileList | null {
  const values = documents
    .filter(({ value }) => isKeyed(value))
    .reduce((values, document) => merged(values, document), empty);
  for (const holder of HOLDERS) {
    for (const key of ['profileList', 'profile_list']) {
      const path = [...holder, key];
      const list = partAt(values, path);
      if (!list || !Array.isArray(list.value)) continue;
      const singleuser = holder.length === 0 ? empty : (partAt(values, holder) ?? empty);
      return { profiles: [...list.parts.values()], path, singleuser };
    }
  }
  return null;
}

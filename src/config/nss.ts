import * as z from 'zod';
import { integer, matching, text } from './scalars';
import { section } from './section';

const MAXIMUM_ID = 2 ** 32 - 2;

const name = () => matching('a name without colons or spaces', /^[^:\s,]+$/);
const field = () => matching('a field without colons or line breaks', /^[^:\r\n]*$/);
const id = () => integer(0, MAXIMUM_ID);

const extraUser = section({
  name: name(),
  uid: id(),
  gid: id(),
  gecos: field().default(''),
  home: field().default('/nonexistent'),
  shell: field().default('/sbin/nologin'),
});

const extraGroup = section({ name: name(), gid: id(), members: z.array(name()).default([]) });

/** What a lab's `/etc/passwd` and `/etc/group` hold besides the user's own entries. */
export const nss = section({
  basePasswd: text().default('root:x:0:0:root:/root:/bin/bash\n'),
  // One colon short of a valid line, as deployed labs have it.
  baseGroup: text().default('root:x:0\n'),
  extraUsers: z.array(extraUser).default([]),
  extraGroups: z.array(extraGroup).default([]),
});

interface Entry {
  readonly name: string;
  readonly id: number;
}

function baseEntries(base: string): Entry[] {
  return base
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
    .map((fields) => ({ name: fields[0] ?? '', id: Number(fields[2]) }));
}

function clashing(extras: readonly Entry[], base: string): Entry[] {
  return extras.filter((extra, index) =>
    [...baseEntries(base), ...extras.slice(0, index)].some(
      (other) => other.name === extra.name || other.id === extra.id,
    ),
  );
}

/** Names of extra users and of extra groups whose name or id the base text or an earlier extra has too. */
export function nssClashes(config: z.output<typeof nss>): { users: string[]; groups: string[] } {
  const users = config.extraUsers.map(({ name, uid }) => ({ name, id: uid }));
  const groups = config.extraGroups.map(({ name, gid }) => ({ name, id: gid }));
  return {
    users: clashing(users, config.basePasswd).map(({ name }) => name),
    groups: clashing(groups, config.baseGroup).map(({ name }) => name),
  };
}

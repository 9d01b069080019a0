import * as z from 'zod';
import { integer, matching, text } from './scalars';
import { section } from './section';

const MAXIMUM_ID = 2 ** 32 - 2;

const name = () => matching('string', 'a name without colons, commas or white space', /^[^:\s,]+$/);
const field = () =>
  matching('string', 'a field without colons or control characters', /^[^:\p{Cc}\u2028\u2029]*$/u);
const id = () => integer(0, MAXIMUM_ID);

const extraUser = section({
  name: name().describe('Username.'),
  uid: id().describe('User ID.'),
  gid: id().describe('ID of the primary group.'),
  gecos: field().prefault('').describe('Full name.'),
  home: field().prefault('/nonexistent').describe('Home directory.'),
  shell: field().prefault('/sbin/nologin').describe('Login shell.'),
});

const extraGroup = section({
  name: name().describe('Name of the group.'),
  gid: id().describe('Group ID.'),
  members: z.array(name()).prefault([]).describe('Usernames of members.'),
});

/** What a lab's `/etc/passwd` and `/etc/group` hold besides the user's own entries. */
export const nss = section({
  basePasswd: text()
    .prefault('root:x:0:0:root:/root:/bin/bash\n')
    .describe('Start of `/etc/passwd`; a final line break is added where it lacks one.'),
  // One colon short of a valid line, as deployed labs have it.
  baseGroup: text().prefault('root:x:0\n').describe('Start of `/etc/group`, likewise.'),
  extraUsers: z
    .array(extraUser)
    .prefault([])
    .describe("Further users; one with the lab user's name or ID is left out."),
  extraGroups: z
    .array(extraGroup)
    .prefault([])
    .describe("Further groups; one with the name or ID of one of the user's groups is left out."),
});

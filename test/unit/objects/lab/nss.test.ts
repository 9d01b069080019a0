import * as fc from 'fast-check';
import { MAX_POSIX_ID, type PosixUser } from '../../../../src/domain/user';
import { nssConfigMap } from '../../../../src/objects/lab/config-maps';
import { labObjectSet } from '../../../../src/objects/lab/input';
import { inputOf } from '../../../objects/cases';
import { parsedLab } from '../../config/sample-documents';

/** Anything at all, and often what means something in these files. */
const hostileText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...':\n\r\t\0,#+- /x0\u000b\u001c\u0085\u2028\u2029'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

const id = fc.integer({ min: 0, max: MAX_POSIX_ID });

const hostileUser: fc.Arbitrary<PosixUser> = fc.record({
  username: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/),
  name: fc.option(hostileText),
  uid: id,
  gid: id,
  groups: fc.array(fc.record({ name: hostileText, id }), { maxLength: 6 }),
  quota: fc.constant(null),
});

/** What the configuration lets through, which is what is tested here. */
const extraName = hostileText.filter((text) => /^[^:\s,]+$/.test(text));
const extraField = hostileText.map((text) => text.replace(/[:\p{Cc}\u2028\u2029]/gu, ''));

const extras = fc.record({
  basePasswd: fc.constant('root:x:0:0:root:/root:/bin/bash'),
  baseGroup: fc.constant('root:x:0:'),
  extraUsers: fc.array(
    fc.record({ name: extraName, uid: id, gid: id, gecos: extraField, home: extraField, shell: extraField }),
    { maxLength: 3 },
  ),
  extraGroups: fc.array(
    fc.record({ name: extraName, gid: id, members: fc.array(extraName, { maxLength: 3 }) }),
    { maxLength: 3 },
  ),
});

/** Lines as a reader would split them who takes every control character for their end, each in its fields. */
function entriesOf(text = ''): string[][] {
  const lines = text.split(/[\p{Cc}\u2028\u2029]/u);
  expect(lines.pop()).toBe('');
  return lines.map((line) => line.split(':'));
}

function nssFiles(user: PosixUser, nss: unknown): { passwd: string[][]; group: string[][] } {
  const { config, plan, ...rest } = inputOf('unused-volumes');
  const input = { ...rest, plan: { ...plan, user }, config: { ...config, lab: parsedLab({ nss }) } };
  const { passwd, group } = nssConfigMap(labObjectSet(input)).data ?? {};
  return { passwd: entriesOf(passwd), group: entriesOf(group) };
}

test('whatever names hold, the passwd file has one line of seven fields per entry, and the user’s is last', () => {
  fc.assert(
    fc.property(hostileUser, extras, (user, nss) => {
      const { passwd } = nssFiles(user, nss);
      const { username, uid, gid } = user;
      const others = nss.extraUsers.filter((extra) => extra.name !== username && extra.uid !== uid);
      expect(passwd.map((fields) => fields.length)).toEqual(Array(others.length + 2).fill(7));
      expect(passwd.map((fields) => fields[2])).toEqual([
        '0',
        ...others.map((other) => `${other.uid}`),
        `${uid}`,
      ]);
      const own = passwd.at(-1)?.toSpliced(4, 1);
      expect(own).toEqual([username, 'x', `${uid}`, `${gid}`, `/home/${username}`, '/bin/bash']);
    }),
  );
});

test('whatever names hold, the group file has one line of four fields per group, with the user in their own', () => {
  fc.assert(
    fc.property(hostileUser, extras, (user, nss) => {
      const { group } = nssFiles(user, nss);
      expect(group.filter((fields) => fields.length !== 4)).toEqual([]);
      const own = user.groups.length === 0 ? [] : group.slice(-user.groups.length);
      expect(own.map(([, , id, members]) => [id, members])).toEqual(
        user.groups.map(({ id }) => [`${id}`, id === user.gid ? '' : user.username]),
      );
      expect(own.filter(([name = '']) => !/^[^\s#+-]/.test(name))).toEqual([]);
      const isUsers = ({ name, gid }: { name: string; gid: number }) =>
        user.groups.some((other) => other.name === name || other.id === gid);
      const others = nss.extraGroups.filter((extra) => !isUsers(extra));
      expect(group).toHaveLength(1 + others.length + own.length);
    }),
  );
});

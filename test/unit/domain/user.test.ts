import * as fc from 'fast-check';
import { isLabUsername } from '../../../src/domain/user';

test.each([
  'rachel',
  'ada.lovelace@example.org',
  'Ada_Lovelace+labs@example.org',
  '1815',
  '-x-',
  'zo\u00eb',
  '\u{5c0f}\u{6797}',
  'x'.repeat(200),
])('a lab can be run for %s', (username) => {
  expect(isLabUsername(username)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['a slash', 'a/b'],
  ['the directory itself', '.'],
  ['the directory above', '..'],
  ['a hidden name', '.ssh'],
  ['a netgroup', '@x'],
  ['a colon', 'a:b'],
  ['a comma, which separates members of groups', 'a,b'],
  ['a line break', 'a\nb'],
  ['a line break at the end', 'a\n'],
  ['a NUL', 'a\0'],
  ['a blank', 'a b'],
  ['a quote', "o'brien"],
  ['a dollar', '$HOME'],
  ['a backslash', 'a\\b'],
  ['an invisible character', 'a\u200bb'],
  ['half a character', 'a\ud83d'],
  ['another writing of the same letter', 'zoe\u0308'],
  ['too many characters', 'x'.repeat(201)],
  ['too many bytes', '\u00eb'.repeat(101)],
])('no lab is run for a username with %s', (_what, username) => {
  expect(isLabUsername(username)).toBe(false);
});

test('accepted usernames are one component of a path and one field of a line, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (username) => {
      fc.pre(isLabUsername(username));
      expect(username).not.toMatch(/[\s/:,'"`$\\\p{C}]/u);
      expect(Buffer.byteLength(username)).toBeLessThanOrEqual(200);
    }),
  );
});

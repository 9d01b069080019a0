/** The longest username that gets a lab, in bytes of UTF-8: it is one component of a path, and part of a workflow ID. */
export const MAX_USERNAME_BYTES = 200;

const CHARACTERS = /^[\p{L}\p{N}_+-][\p{L}\p{M}\p{N}._@+-]*$/u;

/** The rule of `isLabUsername` for messages. */
export const LAB_USERNAME_RULE =
  'letters, digits, ".", "_", "-", "+" and "@", not beginning with "." or "@", ' +
  `at most ${MAX_USERNAME_BYTES} bytes, composed as Unicode's NFC`;

/**
 * Whether a lab can be run for a username: it is safe as a path component, a field of passwd and group files, a
 * shell word and a quoted string, and no other accepted username looks like it to a file system that normalises Unicode.
 */
export function isLabUsername(username: string): boolean {
  return (
    username.length <= MAX_USERNAME_BYTES &&
    CHARACTERS.test(username) &&
    new TextEncoder().encode(username).length <= MAX_USERNAME_BYTES &&
    username.normalize('NFC') === username
  );
}

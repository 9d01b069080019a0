const ESCAPED_LATER = /[!'()*]/g;
const RESERVED = /^\.nublado-[0-9a-f]{16}\.part$/;
const MAX_BYTES = 255;

/** URL path of an entry. @param folder URL path of its folder, with a slash at its end */
export function hrefOf(folder: string, name: string, isFolder = false): string {
  const escaped = encodeURIComponent(name.toWellFormed()).replace(
    ESCAPED_LATER,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${folder}${escaped}${isFolder ? '/' : ''}`;
}

/** URL path of the folder above one; that of the root is the root. */
export function parentOf(folder: string, root: string): string {
  return folder === root ? root : folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
}

/** Name of a folder by its URL path. */
export function folderName(folder: string): string {
  const name = folder.split('/').at(-2) ?? '';
  return name === '' ? '/' : decodeURIComponent(name);
}

/** Why a name cannot be that of a file or folder; null if it can. */
export function nameProblem(name: string): string | null {
  if (name === '') return 'Enter a name.';
  if (name === '.' || name === '..') return 'This name has a meaning of its own.';
  if (name.includes('/') || name.includes('\0')) return 'A name has no slash.';
  if (RESERVED.test(name)) return 'The server keeps this name for itself.';
  if (new TextEncoder().encode(name).length > MAX_BYTES) return 'The name is too long.';
  return null;
}

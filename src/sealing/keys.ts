import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;

const ADVICE =
  'make one with `openssl rand -base64 32` in a file named by its ID, such as the date, or as a key of the mounted Secret';

/** An AES-256 key; sealed values contain its ID. */
export interface SealingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The newest key, used to seal, and all keys, used to open. */
export interface SealingKeys {
  readonly newest: SealingKey;
  readonly byId: ReadonlyMap<string, SealingKey>;
}

/**
 * Orders keys by ID: the one that sorts last is the newest, so IDs are best dates or numbers of equal length.
 *
 * @throws Error when there is none.
 */
export function sealingKeys(keys: readonly SealingKey[]): SealingKeys {
  const ordered = keys.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const newest = ordered.at(-1);
  if (!newest) throw new Error(`there is no sealing key; ${ADVICE}`);
  return { newest, byId: new Map(ordered.map((key) => [key.id, key])) };
}

/**
 * Loads the keys of a directory such as a mounted Secret: one file each, named by the key's ID, with 32
 * raw bytes or base64. Hidden files are ignored, as Secret volumes have them.
 *
 * @throws Error naming the directory or file, never its content.
 */
export async function loadSealingKeys(directory: string): Promise<SealingKeys> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new Error(`the sealing keys' directory ${directory} cannot be read; ${ADVICE}`, { cause: error });
  });
  const visible = names.filter((name) => !name.startsWith('.'));
  return sealingKeys(await Promise.all(visible.map((id) => loadKey(directory, id))));
}

/** A new random key in base64, as a key file holds it. */
export function generateSealingKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

async function loadKey(directory: string, id: string): Promise<SealingKey> {
  const path = join(directory, id);
  const content = await readFile(path);
  const bytes = content.length === KEY_BYTES ? content : decode(content.toString('latin1').trim());
  if (bytes?.length !== KEY_BYTES) {
    throw new Error(`${path} is no sealing key: it must hold ${KEY_BYTES} bytes, as they are or in base64`);
  }
  return { id, key: createSecretKey(bytes) };
}

function decode(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}

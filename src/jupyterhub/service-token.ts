import { readFile } from 'node:fs/promises';
import { isSendable } from '../http/fetch';

/**
 * Reads the API token of the controller's service in the hub. Callers read it for every use, since the mounted Secret
 * may be rotated.
 *
 * @throws Error naming the file, never its content.
 */
export async function readServiceToken(path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new Error(`${path}, with the hub's service token, cannot be read: ${code}`, { cause: error });
  });
  const token = content.trim();
  if (token === '') throw new Error(`${path}, with the hub's service token, is empty`);
  if (!isSendable(token))
    throw new Error(`${path} holds no service token: it must be one word of plain ASCII`);
  return token;
}

import { DavError } from '../errors';

/** ID of a resumable upload: the random part of a temporary name. */
const UPLOAD_ID = /^[0-9a-f]{16}$/;

/** The query of a request target, without its question mark; empty for none. */
export function queryOf(target: string | undefined): string {
  return target?.split('#', 1)[0]?.split('?').slice(1).join('?') ?? '';
}

/**
 * ID of the resumable upload that a request is about; null for every other request.
 *
 * @throws DavError 400 for what cannot be an ID, so that no request about an upload is taken for one about the file.
 */
export function uploadIdOf(target: string | undefined): string | null {
  const query = queryOf(target);
  if (!query.startsWith('upload=')) return null;
  const id = query.slice('upload='.length);
  if (!UPLOAD_ID.test(id)) throw new DavError(400, 'an upload is named by 16 hexadecimal digits');
  return id;
}

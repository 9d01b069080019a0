import type { Stats } from 'node:fs';
import { answerEmpty } from '../answers';
import { bodyOf } from '../bodies';
import { checkChange, complete } from '../conditions';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { declaredLength, modificationTime } from '../request/headers';
import { quotaOf } from '../tree/quota';
import { etagOf } from '../tree/representation';
import type { Spot } from '../tree/served-tree';
import { receive } from '../tree/upload';

/** From this size on, room is asked for before anything is sent. */
const LARGE = 1_048_576;

/** Writes a file. What had the name stays whole until the body is complete. */
export async function put(exchange: Exchange): Promise<void> {
  const { request, visit } = exchange;
  if (request.headers['content-range'] !== undefined)
    throw new DavError(400, 'parts of files cannot be written');
  const spot = await visit.find(exchange.path);
  const reach = { isOfName: spot.stats === null, isOfTree: false };
  checkTarget(spot);
  await checkChange(exchange, spot, reach);
  await checkRoom(spot, expectedLength(exchange));
  const modifiedMs = modificationTime(request.headers);
  const upload = await receive(spot, bodyOf(exchange), modifiedMs);
  try {
    await complete(exchange, spot, reach, async (current) => {
      checkTarget(current);
      answerWritten(exchange, await upload.commit(), current.stats === null);
    });
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** Answers that a file was written, with its new tag. */
export function answerWritten({ request, response }: Exchange, stats: Stats, isNew: boolean): void {
  response.setHeader('etag', etagOf(stats));
  response.setHeader('last-modified', stats.mtime.toUTCString());
  if (modificationTime(request.headers) !== null) response.setHeader('x-oc-mtime', 'accepted');
  answerEmpty(response, isNew ? 201 : 204);
}

/** Refuses to write where there is no file. @throws DavError 405 for folders, 403 for devices and pipes */
export function checkTarget({ stats }: Spot): void {
  if (stats?.isDirectory()) throw new DavError(405, 'this is a folder');
  if (stats !== null && !stats.isFile()) throw new DavError(403, 'this is neither a file nor a folder');
}

function expectedLength({ request }: Exchange): number {
  // Finder sends bodies in chunks, and their length so.
  const expected = Number(request.headers['x-expected-entity-length'] ?? 0);
  return declaredLength(request.headers) ?? expected;
}

/** Refuses bytes that the file system has no room for. @throws DavError 507 */
export async function checkRoom(spot: Spot, length: number): Promise<void> {
  if (!(length > LARGE)) return;
  const quota = await quotaOf({ folder: spot.folder, name: '.' });
  if (quota !== null && quota.available < length) {
    throw new DavError(507, 'there is not enough room', 'sufficient-disk-space');
  }
}

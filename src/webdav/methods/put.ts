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
  const { request, response, visit } = exchange;
  if (request.headers['content-range'] !== undefined)
    throw new DavError(400, 'parts of files cannot be written');
  const spot = await visit.find(exchange.path);
  const reach = { isOfName: spot.stats === null, isOfTree: false };
  checkTarget(spot);
  await checkChange(exchange, spot, reach);
  await checkRoom(exchange, spot);
  const modifiedMs = modificationTime(request.headers);
  const upload = await receive(spot, bodyOf(exchange), modifiedMs);
  try {
    await complete(exchange, spot, reach, async (current) => {
      checkTarget(current);
      const stats = await upload.commit();
      response.setHeader('etag', etagOf(stats));
      response.setHeader('last-modified', stats.mtime.toUTCString());
      if (modifiedMs !== null) response.setHeader('x-oc-mtime', 'accepted');
      answerEmpty(response, current.stats === null ? 201 : 204);
    });
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

function checkTarget({ stats }: Spot): void {
  if (stats?.isDirectory()) throw new DavError(405, 'this is a folder');
  if (stats !== null && !stats.isFile()) throw new DavError(403, 'this is neither a file nor a folder');
}

async function checkRoom({ request }: Exchange, spot: Spot): Promise<void> {
  // Finder sends bodies in chunks, and their length so.
  const expected = Number(request.headers['x-expected-entity-length'] ?? 0);
  const length = declaredLength(request.headers) ?? expected;
  if (!(length > LARGE)) return;
  const quota = await quotaOf({ folder: spot.folder, name: '.' });
  if (quota !== null && quota.available < length) {
    throw new DavError(507, 'there is not enough room', 'sufficient-disk-space');
  }
}

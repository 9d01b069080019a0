import { constants } from 'node:fs';
import { answerEmpty } from '../answers';
import { bodyOf } from '../bodies';
import { checkChange, complete } from '../conditions';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { modificationTime } from '../request/headers';
import { uploadIdOf } from '../request/query';
import { appendPart, partLength } from '../tree/part';
import { discard } from '../tree/removal';
import type { Spot } from '../tree/served-tree';
import { system } from '../tree/system';
import { temporaryNameOf } from '../tree/temporary-names';
import { answerWritten, checkRoom, checkTarget } from './put';

const OFFSET = 'upload-offset';
const LENGTH = 'upload-length';

/**
 * Continues a resumable upload by the body (PATCH): the part of a file that has arrived is kept beside it, under a
 * temporary name that the client chooses. The last piece puts the file under its name, if locks and conditions still
 * allow that; if they do not, a request without a body completes it later. 202 while more is to come.
 */
export async function appendUpload(exchange: Exchange): Promise<void> {
  const { request, response, service, visit } = exchange;
  const offset = wholeNumber(exchange, OFFSET);
  const length = wholeNumber(exchange, LENGTH);
  if (offset > length) throw new DavError(400, 'the upload ends before this');
  const spot = await visit.find(exchange.path);
  const reach = { isOfName: spot.stats === null, isOfTree: false };
  checkTarget(spot);
  await checkChange(exchange, spot, reach);
  if (spot.stats !== null) await system.access(spot.folder.at(spot.name), constants.W_OK);
  if (offset === 0) await checkRoom(spot, length);
  const name = partName(exchange);
  await service.uploads.write(
    keyOf(spot, name),
    () => request.destroy(),
    async () => {
      const piece = { offset, length, body: bodyOf(exchange) };
      const attributes = { replaced: spot.stats, modifiedMs: modificationTime(request.headers) };
      const stats = await appendPart(spot.folder, name, piece, attributes);
      if (stats.size < length) {
        response.setHeader(OFFSET, stats.size);
        answerEmpty(response, 202);
        return;
      }
      await complete(exchange, spot, reach, async (current) => {
        checkTarget(current);
        await system.rename(spot.folder.at(name), spot.folder.at(spot.name));
        answerWritten(exchange, stats, current.stats === null);
      });
    },
  );
}

/** Tells how much of an upload has arrived (HEAD). */
export async function tellUpload(exchange: Exchange): Promise<void> {
  const spot = await exchange.visit.find(exchange.path);
  const name = partName(exchange);
  await exchange.service.uploads.interrupt(keyOf(spot, name));
  const length = await partLength(spot.folder, name);
  if (length === null) throw new DavError(404, 'there is no such upload');
  exchange.response.setHeader(OFFSET, length);
  exchange.response.setHeader('cache-control', 'no-store');
  answerEmpty(exchange.response, 200);
}

/** Gives up an upload (DELETE). */
export async function discardUpload(exchange: Exchange): Promise<void> {
  const spot = await exchange.visit.find(exchange.path);
  const name = partName(exchange);
  await exchange.service.uploads.interrupt(keyOf(spot, name));
  if ((await partLength(spot.folder, name)) !== null) await discard(spot.folder, name);
  answerEmpty(exchange.response, 204);
}

function partName({ request }: Exchange): string {
  const id = uploadIdOf(request.url);
  if (id === null) throw new DavError(400, 'the request names no upload');
  return temporaryNameOf(id);
}

const keyOf = ({ path }: Spot, name: string) => `${path} ${name}`;

function wholeNumber({ request }: Exchange, header: string): number {
  const text = String(request.headers[header] ?? '');
  if (!/^\d{1,15}$/.test(text)) throw new DavError(400, `${header} must be a whole number`);
  return Number(text);
}

import type { Stats } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { writePiece } from '../answers';
import { STALL_MS } from '../bodies';
import { checkConditions } from '../conditions';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { allowsRange } from '../request/preconditions';
import { type ByteRange, parseRange } from '../request/range';
import { mediaTypeOf } from '../tree/media-types';
import { openInside } from '../tree/opened-file';
import { etagOf } from '../tree/representation';
import { system } from '../tree/system';
import { findResource } from './find';

/** Up to this size a file is read at once. */
const SMALL = 65_536;
const CHUNK = 262_144;

/** Sends a file or a part of it; HEAD its headers. Folders are left to the pages for browsers. */
export async function get(exchange: Exchange): Promise<void> {
  const { pages, tree } = exchange.service;
  if (pages.asset(exchange)) return;
  const spot = await findResource(exchange, exchange.path);
  const { stats } = spot;
  if (stats.isDirectory()) return pages.folder(exchange, spot);
  if (!stats.isFile()) throw new DavError(403, 'this is neither a file nor a folder');
  await checkConditions(exchange, spot);
  const descriptor = await openInside(tree, spot);
  try {
    await send(exchange, spot.name, descriptor);
  } finally {
    await system.close(descriptor);
  }
}

async function send({ request, response }: Exchange, name: string, descriptor: number): Promise<void> {
  const stats = await system.fstat(descriptor);
  if (!stats.isFile()) throw new DavError(403, 'this is neither a file nor a folder');
  const headers = headersOf(name, stats);
  const range = rangeOf(request.headers, stats);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${stats.size}`, 'content-length': 0 }).end();
    return;
  }
  const { start, end } = range === 'whole' ? { start: 0, end: stats.size - 1 } : range;
  const length = end - start + 1;
  if (range !== 'whole') headers['content-range'] = `bytes ${start}-${end}/${stats.size}`;
  response.writeHead(range === 'whole' ? 200 : 206, { ...headers, 'content-length': length });
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  if (length > SMALL) await stream({ request, response }, descriptor, { start, end });
  else {
    const { bytesRead, buffer } = await readPart(descriptor, start, length);
    // A file that became shorter meanwhile: only a broken connection tells the client.
    if (bytesRead < length) response.destroy();
    else response.end(buffer);
  }
}

async function readPart(descriptor: number, start: number, length: number) {
  const buffer = Buffer.allocUnsafe(length);
  let bytesRead = 0;
  while (bytesRead < length) {
    const more = await system.read(descriptor, buffer, bytesRead, length - bytesRead, start + bytesRead);
    if (more.bytesRead === 0) break;
    bytesRead += more.bytesRead;
  }
  return { bytesRead, buffer };
}

/**
 * Sends a range through two buffers by turns: one is filled while the other is sent. A stream of pieces, each with memory
 * of its own, would leave more behind than garbage collection follows.
 */
async function stream(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  descriptor: number,
  { start, end }: ByteRange,
): Promise<void> {
  let [current, next] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
  const read = (buffer: Buffer, from: number) => {
    const reading = system.read(descriptor, buffer, 0, Math.min(CHUNK, end + 1 - from), from);
    // It is waited for below, also when it has failed by then.
    reading.catch(() => {});
    return reading;
  };
  request.socket.setTimeout(STALL_MS);
  let position = start;
  let reading = read(current, position);
  while (position <= end) {
    const { bytesRead } = await reading;
    // A file that became shorter meanwhile: only a broken connection tells the client.
    if (bytesRead === 0) return void response.destroy();
    position += bytesRead;
    if (position <= end) reading = read(next, position);
    const isTaken = await writePiece(response, current.subarray(0, bytesRead));
    if (!isTaken) {
      await reading;
      return;
    }
    [current, next] = [next, current];
  }
  response.end();
}

function rangeOf(headers: Exchange['request']['headers'], stats: Stats) {
  const current = { etag: etagOf(stats), modifiedMs: stats.mtimeMs };
  const ifRange = headers['if-range'];
  return allowsRange(ifRange === undefined ? undefined : String(ifRange), current)
    ? parseRange(headers.range, stats.size)
    : 'whole';
}

/** A browser saves files and never shows them as pages of the origin that labs have too. */
function headersOf(name: string, stats: Stats): OutgoingHttpHeaders {
  return {
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': 'attachment',
    'content-security-policy': "sandbox; default-src 'none'",
    'content-type': mediaTypeOf(name),
    // Pages of other sites must not run or show a file that a browser fetches with the user's credentials.
    'cross-origin-resource-policy': 'same-origin',
    etag: etagOf(stats),
    'last-modified': stats.mtime.toUTCString(),
    'x-content-type-options': 'nosniff',
  };
}

import type { ServerResponse } from 'node:http';
import { STALL_MS } from '../bodies';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { encodeName, namesOf } from '../request/url-paths';
import type { FullSpot } from '../tree/served-tree';
import { system } from '../tree/system';
import { ZipArchive } from './archive';
import { LARGE_BYTES, MAX_NAME_BYTES } from './format';
import { type Found, type LeaveOut, walk } from './walk';

/** Most entries of an archive, whose directory is kept in memory. */
const MAX_ENTRIES = 100_000;

/** Most names that the note at the end of an archive gives. */
const MAX_NOTED = 1000;

/** Bytes that are read at a time, into the same memory. */
const CHUNK = 262_144;

/** Name of the note about what is not in the archive. */
const NOTE = 'LEFT-OUT.txt';

/** Sends a folder with all that is in it as a ZIP archive, while it is read. */
export async function answerArchive(exchange: Exchange, spot: FullSpot): Promise<void> {
  const { path, request, response, service, visit } = exchange;
  const name = namesOf(service.urls.hrefOf(path, true)).at(-1);
  const title = name === undefined ? 'files' : decodeURIComponent(name);
  const folder = visit.keep(await spot.folder.enter(spot.name));
  response.writeHead(200, {
    'cache-control': 'no-store',
    'content-disposition': `attachment; filename*=UTF-8''${encodeName(`${title}.zip`)}`,
    'content-type': 'application/zip',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  request.socket.setTimeout(STALL_MS);
  const archive = new ZipArchive((piece) => sent(response, piece));
  const buffer = Buffer.allocUnsafe(CHUNK);
  const leftOut = new LeftOut();
  const found = walk(service.tree, spot.path, folder, title, leftOut.add);
  for await (const entry of found) {
    if (archive.count >= MAX_ENTRIES) {
      leftOut.add(entry.name, `and all after it: an archive has at most ${MAX_ENTRIES} entries`);
      break;
    }
    await addEntry(archive, entry, buffer, leftOut.add);
  }
  await leftOut.note(archive, `${title}/${NOTE}`, service.now());
  await archive.end();
  response.end();
}

async function addEntry(
  archive: ZipArchive,
  { name, stats, open }: Found,
  buffer: Buffer,
  leaveOut: LeaveOut,
): Promise<void> {
  const bytes = Buffer.from(open === null ? `${name}/` : name);
  const head = {
    name: bytes,
    modifiedMs: stats.mtimeMs,
    mode: stats.mode,
    isLarge: stats.size >= LARGE_BYTES,
  };
  if (bytes.length > MAX_NAME_BYTES) return leaveOut(name, 'its name is too long');
  if (open === null) return archive.addFolder(head);
  const descriptor = await open().catch(() => null);
  if (descriptor === null) return leaveOut(name, 'cannot be opened');
  let isRead = false;
  try {
    const content = contentOf(descriptor, stats.size, buffer, () => {
      isRead = true;
    });
    await archive.addFile(head, content);
  } finally {
    await system.close(descriptor);
  }
  if (!isRead) leaveOut(name, 'not to its end: it could not be read, or became shorter');
}

/** Resolves when the connection has taken a piece, whose memory can then be used again. */
function sent(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new DavError(400, 'the client is gone'));
    if (response.destroyed) {
      gone();
      return;
    }
    response.once('close', gone);
    response.write(piece, (error) => {
      response.off('close', gone);
      if (error) gone();
      else resolve();
    });
  });
}

/** A file's content up to the size that it had; `isWhole` is called at that size. Ends early for what cannot be read. */
async function* contentOf(
  descriptor: number,
  size: number,
  buffer: Buffer,
  isWhole: () => void,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < size; ) {
    const length = Math.min(buffer.length, size - offset);
    const bytesRead = await system.read(descriptor, buffer, 0, length, offset).then(
      (read) => read.bytesRead,
      () => 0,
    );
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
  isWhole();
}

/** What is not in an archive. */
class LeftOut {
  readonly #lines: string[] = [];
  #count = 0;

  readonly add: LeaveOut = (name, reason) => {
    this.#count += 1;
    if (this.#lines.length < MAX_NOTED) this.#lines.push(`${name}: ${reason}`);
  };

  /** Adds a file that tells it, if there is anything to tell. */
  async note(archive: ZipArchive, name: string, now: number): Promise<void> {
    if (this.#count === 0) return;
    const more = this.#count > this.#lines.length ? [`and ${this.#count - this.#lines.length} more`] : [];
    const text = ['Not in this archive:', '', ...this.#lines, ...more, ''].join('\n');
    const head = { name: Buffer.from(name), modifiedMs: now, mode: 0o100_644, isLarge: false };
    await archive.addFile(head, once(Buffer.from(text)));
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

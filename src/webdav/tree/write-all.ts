import { DavError } from '../errors';
import { system } from './system';

/** Bytes that are received while others are written. */
const WAITING = 524_288;

/**
 * Writes a body at the position of a descriptor, as soon as it comes. What comes during a write is written together: each
 * write is handed to a thread and waited for, and a piece is no more than 64 KiB. What has come before the body ends with
 * an error is written too, so that an upload in parts goes on from there.
 *
 * @returns the body's length in bytes
 * @throws whatever the body ends with; DavError 507 where the file system takes no more
 */
export async function writeAll(descriptor: number, body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  let isWriting = false;
  let written = Promise.resolve();
  const write = async (): Promise<void> => {
    isWriting = true;
    try {
      while (pieces.length > 0) {
        const batch = pieces;
        pieces = [];
        waiting = 0;
        await writeBatch(descriptor, batch);
      }
    } finally {
      isWriting = false;
    }
  };
  try {
    for await (const piece of body) {
      pieces.push(piece);
      waiting += piece.length;
      length += piece.length;
      if (!isWriting || waiting >= WAITING) await written;
      if (isWriting) continue;
      written = write();
      // It is waited for above, or at the end.
      written.catch(() => {});
    }
  } finally {
    await written;
  }
  return length;
}

async function writeBatch(descriptor: number, batch: readonly Uint8Array[]): Promise<void> {
  for (let rest = unwritten(batch, 0); rest.length > 0; ) {
    const { bytesWritten } = await system.writev(descriptor, rest);
    if (bytesWritten === 0) throw new DavError(507, 'the file system takes no more');
    rest = unwritten(rest, bytesWritten);
  }
  for (const piece of batch) free(piece);
}

/** What is left of pieces after so many bytes. */
function unwritten(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let skipped = written;
  return pieces.flatMap((piece) => {
    const from = Math.min(skipped, piece.length);
    skipped -= from;
    return from === piece.length ? [] : [piece.subarray(from)];
  });
}

/**
 * Gives back the memory of a piece that is written, where it shares it with no other. Left to the garbage collection,
 * which counts objects and not what they hold, a fast upload has some 100 MB of written pieces at a time.
 */
function free(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.length) buffer.transfer(0);
}

import { crc32 } from 'node:zlib';

/** An entry of an archive, read by way of the directory at its end. */
export interface ReadEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Permissions and type as in `stat`. */
  readonly mode: number;
  /** Seconds since 1970, of the extended time. */
  readonly modifiedSeconds: number;
}

/** Reads an archive without ZIP64 whose entries are stored as they are. @throws Error for anything that does not fit */
export function readZip(archive: Buffer): ReadEntry[] {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== 0x0605_4b50) throw new Error('the archive has no end');
  const entries: ReadEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== 0x0201_4b50) throw new Error('the directory has something else');
    const [crc, size] = [archive.readUInt32LE(at + 16), archive.readUInt32LE(at + 24)];
    const [nameLength, extraLength] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30)];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const head = archive.readUInt32LE(at + 42);
    const start = head + 30 + archive.readUInt16LE(head + 26) + archive.readUInt16LE(head + 28);
    const content = archive.subarray(start, start + size);
    if (archive.readUInt32LE(head) !== 0x0403_4b50 || crc32(content) !== crc)
      throw new Error(`${name} is damaged`);
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    const modifiedSeconds = archive.readUInt32LE(at + 46 + nameLength + 5);
    entries.push({ name, content, mode, modifiedSeconds });
    at += 46 + nameLength + extraLength;
  }
  if (at !== end) throw new Error('the directory is longer than it says');
  return entries;
}

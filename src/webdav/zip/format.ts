/** What the archive says of an entry before its content. */
export interface EntryHead {
  /** UTF-8 path with slashes; a folder's ends with one. */
  readonly name: Buffer;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Type and permissions as in `stat`. */
  readonly mode: number;
  /** Whether the content may have 4 GiB and more. */
  readonly isLarge: boolean;
}

/** What is known after the content. */
export interface EntryContent {
  readonly crc: number;
  /** Bytes. */
  readonly size: number;
}

/** All that the directory at the end of the archive says of an entry. */
export interface DirectoryEntry extends EntryHead, EntryContent {
  /** Where its head begins in the archive. */
  readonly offset: number;
}

/** Largest number in the fields of archives without ZIP64, which stands for a longer one elsewhere. */
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

/** Versions that a reader must know: 2.0 for folders and content of unknown length, 4.5 for ZIP64. */
const VERSION = 20;
const VERSION_ZIP64 = 45;

const MADE_BY_UNIX = 3 << 8;
/** Names are UTF-8. */
const UTF_8 = 0x0800;
/** Length and checksum follow the content. */
const DESCRIPTOR_FOLLOWS = 0x0008;
const FOLDER_OF_DOS = 0x10;

/** From this size on a file gets the long fields. It may grow until it is read, but no more is read than its size then. */
export const LARGE_BYTES = MAX_32;

/** Longest name in bytes. */
export const MAX_NAME_BYTES = MAX_16;

/** Head of an entry in front of its content, which is stored as it is. */
export function entryHead(entry: EntryHead): Buffer {
  const isFolder = entry.name.at(-1) === SLASH;
  const extra = entry.isLarge ? [extraTime(entry), extraSizes([0, 0])] : [extraTime(entry)];
  const size = entry.isLarge ? MAX_32 : 0;
  return fields(
    [4, 0x0403_4b50],
    ...common(entry, isFolder ? UTF_8 : UTF_8 | DESCRIPTOR_FOLLOWS),
    [4, 0],
    [4, size],
    [4, size],
    [2, entry.name.length],
    [2, lengthOf(extra)],
    entry.name,
    ...extra,
  );
}

/** What follows the content of a file. */
export function contentDescriptor({ isLarge }: EntryHead, { crc, size }: EntryContent): Buffer {
  const width = isLarge ? 8 : 4;
  return fields([4, 0x0807_4b50], [4, crc], [width, size], [width, size]);
}

/** An entry in the directory at the end. */
export function directoryEntry(entry: DirectoryEntry): Buffer {
  const isFolder = entry.name.at(-1) === SLASH;
  const { crc, mode, name, offset, size } = entry;
  const isLong = entry.isLarge || size >= MAX_32;
  const long = [...(isLong ? [size, size] : []), ...(offset >= MAX_32 ? [offset] : [])];
  const extra = [extraTime(entry), ...(long.length > 0 ? [extraSizes(long)] : [])];
  const shortSize = isLong ? MAX_32 : size;
  return fields(
    [4, 0x0201_4b50],
    [2, MADE_BY_UNIX | VERSION_ZIP64],
    ...common({ ...entry, isLarge: long.length > 0 }, isFolder ? UTF_8 : UTF_8 | DESCRIPTOR_FOLLOWS),
    [4, crc],
    [4, shortSize],
    [4, shortSize],
    [2, name.length],
    [2, lengthOf(extra)],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, ((mode & MAX_16) << 16) | (isFolder ? FOLDER_OF_DOS : 0)],
    [4, Math.min(offset, MAX_32)],
    name,
    ...extra,
  );
}

/** End of an archive with a directory of `count` entries and `size` bytes, which begins at `offset`. */
export function archiveEnd(count: number, size: number, offset: number): Buffer {
  const isLong = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  const long = fields(
    [4, 0x0606_4b50],
    [8, 44],
    [2, MADE_BY_UNIX | VERSION_ZIP64],
    [2, VERSION_ZIP64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, offset],
    [4, 0x0706_4b50],
    [4, 0],
    [8, offset + size],
    [4, 1],
  );
  const short = fields(
    [4, 0x0605_4b50],
    [2, 0],
    [2, 0],
    [2, Math.min(count, MAX_16)],
    [2, Math.min(count, MAX_16)],
    [4, Math.min(size, MAX_32)],
    [4, Math.min(offset, MAX_32)],
    [2, 0],
  );
  return isLong ? Buffer.concat([long, short]) : short;
}

const SLASH = 0x2f;

/** A number in so many bytes, lowest first. */
type Field = readonly [width: 2 | 4 | 8, value: number];

/** Version, flags, method "stored", and the time as DOS wrote it, which counts the years from 1980. */
function common({ isLarge, modifiedMs }: EntryHead, flags: number): Field[] {
  const date = new Date(Math.min(Math.max(modifiedMs, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return [
    [2, isLarge ? VERSION_ZIP64 : VERSION],
    [2, flags],
    [2, 0],
    [2, time],
    [2, day],
  ];
}

/** The time in seconds since 1970, which has no time zone. */
function extraTime({ modifiedMs }: EntryHead): Buffer {
  const seconds = Math.min(Math.max(Math.floor(modifiedMs / 1000), 0), 0x7fff_ffff);
  return Buffer.concat([fields([2, 0x5455], [2, 5]), Buffer.from([1]), fields([4, seconds])]);
}

function extraSizes(sizes: readonly number[]): Buffer {
  return fields([2, 0x0001], [2, sizes.length * 8], ...sizes.map((size): Field => [8, size]));
}

const lengthOf = (buffers: readonly Buffer[]) => buffers.reduce((sum, { length }) => sum + length, 0);

function fields(...parts: readonly (Field | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : bytes(part))));
}

function bytes([width, value]: Field): Buffer {
  const buffer = Buffer.alloc(width);
  if (width === 8) buffer.writeBigUInt64LE(BigInt(value));
  else if (width === 4) buffer.writeUInt32LE(value >>> 0);
  else buffer.writeUInt16LE(value);
  return buffer;
}

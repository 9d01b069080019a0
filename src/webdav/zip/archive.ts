import { crc32 } from 'node:zlib';
import {
  archiveEnd,
  contentDescriptor,
  type DirectoryEntry,
  directoryEntry,
  type EntryHead,
  entryHead,
} from './format';

/** Takes a piece of an archive; resolves when the next one may come. */
export type WriteArchive = (piece: Uint8Array) => Promise<void>;

/** Entries of the directory that are put together into one piece of memory. */
const DIRECTORY_BATCH = 256;

const NO_CONTENT = { crc: 0, size: 0 } as const;

/** Writes a ZIP archive from beginning to end. Only its directory is kept in memory: some 100 bytes an entry. */
export class ZipArchive {
  readonly #write: WriteArchive;
  #directory: Buffer[] = [];
  #latest: Buffer[] = [];
  #count = 0;
  #offset = 0;

  constructor(write: WriteArchive) {
    this.#write = write;
  }

  /** Number of entries so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds a folder, whose name ends with a slash. */
  async addFolder(head: EntryHead): Promise<void> {
    const offset = this.#offset;
    await this.#send(entryHead(head));
    this.#note({ ...head, ...NO_CONTENT, offset });
  }

  /** Adds a file with all of its content, whose length need not be known before. */
  async addFile(head: EntryHead, content: AsyncIterable<Uint8Array>): Promise<void> {
    const offset = this.#offset;
    await this.#send(entryHead(head));
    let [crc, size] = [0, 0];
    for await (const piece of content) {
      crc = crc32(piece, crc);
      size += piece.length;
      await this.#send(piece);
    }
    await this.#send(contentDescriptor(head, { crc, size }));
    this.#note({ ...head, crc, size, offset });
  }

  /** Ends the archive. */
  async end(): Promise<void> {
    const offset = this.#offset;
    for (const piece of [...this.#directory, ...this.#latest]) await this.#send(piece);
    await this.#send(archiveEnd(this.#count, this.#offset - offset, offset));
  }

  async #send(piece: Uint8Array): Promise<void> {
    this.#offset += piece.length;
    await this.#write(piece);
  }

  #note(entry: DirectoryEntry): void {
    this.#count += 1;
    this.#latest.push(directoryEntry(entry));
    if (this.#latest.length < DIRECTORY_BATCH) return;
    this.#directory.push(Buffer.concat(this.#latest));
    this.#latest = [];
  }
}

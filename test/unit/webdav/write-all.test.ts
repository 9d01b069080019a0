import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { writeAll } from '../../../src/webdav/tree/write-all';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'write-all-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Bytes from which a piece that is missing, or at another place, can be told. */
const bytes = (length: number, seed: number) =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 7 + seed) % 251));

async function* bodyOf(pieces: readonly Buffer[], error?: Error): AsyncGenerator<Uint8Array> {
  // Written pieces lose their memory.
  for (const piece of pieces) yield Uint8Array.from(piece);
  if (error) throw error;
}

/** Writes a body to a new file. */
async function written(body: AsyncIterable<Uint8Array>) {
  const path = join(directory, 'file');
  const descriptor = openSync(path, 'w');
  try {
    const outcome = await writeAll(descriptor, body).catch((error: Error) => error);
    return { outcome, content: readFileSync(path) };
  } finally {
    closeSync(descriptor);
  }
}

test('every piece is written at its place, whatever their sizes', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(200_000), fc.nat(1_500_000)), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const pieces = lengths.map((length, index) => bytes(length, index));
      const whole = Buffer.concat(pieces);
      const { content, outcome } = await written(bodyOf(pieces));
      expect(outcome).toBe(whole.length);
      expect(content.equals(whole)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('what came before the body ended with an error is written', async () => {
  const pieces = [bytes(600_000, 1), bytes(1_000, 2)];
  const { content, outcome } = await written(bodyOf(pieces, new Error('the client has gone')));
  expect(outcome).toMatchObject({ message: 'the client has gone' });
  expect(content.equals(Buffer.concat(pieces))).toBe(true);
});

test.each([1_000, 3_000_000])('a full disk ends a body of %i bytes', async (length) => {
  const descriptor = openSync('/dev/full', 'w');
  let isLeft = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (let sent = 0; sent < length; sent += 1_000) yield new Uint8Array(1_000);
    } finally {
      isLeft = true;
    }
  }
  try {
    await expect(writeAll(descriptor, body())).rejects.toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(descriptor);
  }
  expect(isLeft).toBe(true);
});

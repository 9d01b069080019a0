import { Readable } from 'node:stream';
import { Client, type Dispatcher, Pool } from 'undici';

/** Connections of the load of small files. */
const CONNECTIONS = 8;

const SMALL_FILE = Buffer.alloc(1024, 'x');
const PIECE = Buffer.alloc(256 * 1024, 'x');

/** What clients ask for that show a name, a size and a time. */
const NAMED =
  '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>';

/** Stores files of 1 KiB over eight connections, each with the next file when the last one is answered. @returns seconds */
export async function putSmall(url: string, folder: string, files: number): Promise<number> {
  const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS, pipelining: 1 });
  try {
    await expectOk(pool.request({ method: 'MKCOL', path: `/${folder}` }));
    let next = 0;
    const client = async () => {
      while (next < files) {
        const path = `/${folder}/file-${next}.txt`;
        next += 1;
        await expectOk(pool.request({ method: 'PUT', path, body: SMALL_FILE }));
      }
    };
    const begunAt = performance.now();
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
    return (performance.now() - begunAt) / 1000;
  } finally {
    await pool.close();
  }
}

/** Stores a file of so many MiB. @returns seconds */
export function upload(url: string, path: string, mebibytes: number): Promise<number> {
  return timed(url, async (client) => {
    const length = mebibytes * 2 ** 20;
    const body = Readable.from(pieces(length), { objectMode: false });
    await expectOk(
      client.request({ method: 'PUT', path, body, headers: { 'content-length': String(length) } }),
    );
  });
}

function* pieces(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= PIECE.length)
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
}

/** Reads a file of so many MiB. @returns seconds */
export function download(url: string, path: string, mebibytes: number): Promise<number> {
  return timed(url, async (client) => {
    const bytes = await sizeOf(client.request({ method: 'GET', path }));
    if (bytes !== mebibytes * 2 ** 20) throw new Error(`${bytes} bytes came of ${path}`);
  });
}

/** Lists a folder, with all properties or with three. @returns milliseconds, and the answer's length in bytes */
export async function list(url: string, path: string, isNamed: boolean) {
  let bytes = 0;
  const seconds = await timed(url, async (client) => {
    const headers = { depth: '1', 'content-type': 'application/xml' };
    bytes = await sizeOf(
      client.request({ method: 'PROPFIND', path, headers, ...(isNamed ? { body: NAMED } : {}) }),
    );
  });
  return { ms: seconds * 1000, bytes };
}

async function timed(url: string, send: (client: Client) => Promise<void>): Promise<number> {
  const client = new Client(new URL(url).origin, { bodyTimeout: 0, headersTimeout: 0 });
  try {
    await client.request({ method: 'OPTIONS', path: '/' }).then(({ body }) => body.dump());
    const begunAt = performance.now();
    await send(client);
    return (performance.now() - begunAt) / 1000;
  } finally {
    await client.close();
  }
}

async function expectOk(answer: Promise<Dispatcher.ResponseData>): Promise<void> {
  await sizeOf(answer);
}

async function sizeOf(answer: Promise<Dispatcher.ResponseData>): Promise<number> {
  const { statusCode, body } = await answer;
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  if (statusCode < 200 || statusCode > 299) throw new Error(`a server answered ${statusCode}`);
  return bytes;
}

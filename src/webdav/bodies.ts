import { DavError } from './errors';
import type { Exchange } from './exchange';
import { declaredLength } from './request/headers';
import type { XmlElement } from './xml/element';
import { parseXml } from './xml/reader';

/** Largest XML body in bytes. */
const MAX_XML = 1_048_576;

/** How long a client may send nothing in the middle of a body, or take nothing of an answer. */
export const STALL_MS = 120_000;

/** Whether a request has a body. */
export function hasBody({ request }: Exchange): boolean {
  return declaredLength(request.headers) !== 0;
}

/**
 * The body as it comes. Ends with an error when the client goes or stalls; what is left of it stays unread when the
 * reader stops.
 */
export async function* bodyOf({ request, response, expectsContinue }: Exchange): AsyncGenerator<Uint8Array> {
  if (expectsContinue) response.writeContinue();
  request.socket.setTimeout(STALL_MS);
  try {
    yield* request.iterator({ destroyOnReturn: false });
  } finally {
    request.socket.setTimeout(0);
  }
  if (!request.complete) throw new DavError(400, 'the body is not complete');
}

/** The XML of a body; null for an empty one. @throws DavError 400 for bad XML, 413 for too much of it. */
export async function readXml(exchange: Exchange): Promise<XmlElement | null> {
  if (!hasBody(exchange)) return null;
  const tooLarge = () => new DavError(413, `the XML is larger than ${MAX_XML} bytes`);
  if ((declaredLength(exchange.request.headers) ?? 0) > MAX_XML) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(exchange)) {
    length += chunk.length;
    if (length > MAX_XML) throw tooLarge();
    chunks.push(chunk);
  }
  const text = decode(Buffer.concat(chunks));
  return text.trim() === '' ? null : parseXml(text);
}

function decode(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe);
  try {
    return new TextDecoder(isUtf16 ? (bytes[0] === 0xfe ? 'utf-16be' : 'utf-16le') : 'utf-8', {
      fatal: true,
    }).decode(bytes);
  } catch {
    throw new DavError(400, 'the XML is not UTF-8 or UTF-16');
  }
}

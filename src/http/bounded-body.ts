import { AnswerTooLarge } from './fetch';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** Limits of response bodies in bytes, by kind of document. */
export const ANSWER_LIMITS = {
  /** The document of service discovery. */
  discovery: 4 * MIB,
  /** A user of the identity service; users of many groups have long ones. */
  userInfo: MIB,
  /** A user, a token or an error of JupyterHub. */
  hub: 4 * MIB,
  /** A token of a registry's token service. */
  token: 256 * KIB,
  /** One page of a registry's list; some registries answer with all tags of a repository at once. */
  tagList: 32 * MIB,
  /** A manifest; registries must accept 4 MiB. */
  manifest: 4 * MIB,
} as const;

/** The part of a response that is used, of Node's `fetch` and of undici's. */
interface Answer {
  readonly headers: { get(name: string): string | null };
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/**
 * Reads a body of at most `limitBytes`, counted after decompression. A longer one is refused by its `Content-Length`
 * before it is read, or at the limit, which closes the connection. The time is limited by the signal of the request.
 *
 * @throws AnswerTooLarge
 */
export async function readBody({ headers, body }: Answer, limitBytes: number): Promise<Buffer> {
  if (!body) return Buffer.alloc(0);
  if (Number(headers.get('content-length') ?? 0) > limitBytes) {
    await body.cancel();
    throw new AnswerTooLarge(limitBytes);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limitBytes) throw new AnswerTooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

import type { ServerResponse } from 'node:http';
import { DavError, fromSystemError } from './errors';
import type { Exchange } from './exchange';
import { errorDocument, type FailedPart, failedParts } from './xml/multistatus';

const XML_TYPE = 'application/xml; charset=utf-8';

/** Answers with a status and no body. */
export function answerEmpty(response: ServerResponse, status: number): void {
  const length = status === 204 || status === 304 ? {} : { 'content-length': 0 };
  response.writeHead(status, length).end();
}

/** Answers with a document. */
export function answerXml(response: ServerResponse, status: number, document: string): void {
  answerText(response, status, document, XML_TYPE);
}

/** Answers with text. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

/** Answers that parts of an operation failed, or with the status where none did. */
export function answerParts(response: ServerResponse, status: number, parts: readonly FailedPart[]): void {
  if (parts.length === 0) answerEmpty(response, status);
  else answerXml(response, 207, failedParts(parts));
}

/** Begins an answer whose parts are not known yet. */
export function beginXml(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': XML_TYPE });
}

/** Writes a piece of an answer and waits until the client has taken most of it. False when it is gone. */
export async function writePiece(response: ServerResponse, piece: string | Uint8Array): Promise<boolean> {
  if (response.destroyed) return false;
  if (!response.write(piece)) {
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }
  return !response.destroyed;
}

/**
 * Answers with an error.
 *
 * @returns the status; errors that are no client's and no file system's become 500, without their text
 */
export function answerError({ response }: Pick<Exchange, 'response'>, error: unknown): number {
  const known = error instanceof DavError ? error : fromSystemError(error);
  const status = known?.status ?? 500;
  if (response.headersSent) {
    response.destroy();
    return status;
  }
  const document = known === null ? '' : errorDocument(known);
  if (document !== '') answerXml(response, status, document);
  else answerText(response, status, `${known?.message ?? 'the file server failed'}\n`);
  return status;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError } from './answers';
import { DavError } from './errors';
import type { Exchange, FileService, Method } from './exchange';
import { appendUpload, discardUpload, tellUpload } from './methods/append';
import { copy } from './methods/copy';
import { remove } from './methods/delete';
import { get } from './methods/get';
import { lock } from './methods/lock';
import { mkcol } from './methods/mkcol';
import { move } from './methods/move';
import { ALLOWED, answerOptions } from './methods/options';
import { propfind } from './methods/propfind';
import { proppatch } from './methods/proppatch';
import { put } from './methods/put';
import { unlock } from './methods/unlock';
import { checkOrigin } from './request/origin';
import { uploadIdOf } from './request/query';

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['OPTIONS', ({ response }) => answerOptions(response)],
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['DELETE', remove],
  ['MKCOL', mkcol],
  ['COPY', copy],
  ['MOVE', move],
  ['PROPFIND', propfind],
  ['PROPPATCH', proppatch],
  ['LOCK', lock],
  ['UNLOCK', unlock],
]);

/** Methods for a resumable upload, which a query names. */
const UPLOAD_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['PATCH', appendUpload],
  ['HEAD', tellUpload],
  ['DELETE', discardUpload],
]);

/** Told of errors that no client made. */
export type ReportFailure = (error: unknown, request: IncomingMessage) => void;

/** Answers one request. Never rejects. */
export async function handle(
  service: FileService,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
  report: ReportFailure,
): Promise<void> {
  const visit = service.tree.visit();
  try {
    await service.admission?.(request, response);
    const path = targetOf(service, request, response);
    if (path === null) return;
    const method = methodOf(request, response);
    await method({ service, request, response, path, visit, expectsContinue } satisfies Exchange);
  } catch (error) {
    const isGone = response.destroyed || request.socket.destroyed;
    // A client that waits to be told to begin, and is not, may send the body or the next request: which is not known.
    if (expectsContinue && !response.headersSent) response.setHeader('connection', 'close');
    if (error instanceof DavError && error.status === 304) response.writeHead(304).end();
    else if (!isGone && answerError({ response }, error) >= 500 && !(error instanceof DavError))
      report(error, request);
  } finally {
    visit.close();
  }
}

function methodOf({ method = '', headers, url }: IncomingMessage, response: ServerResponse): Method {
  const found = (uploadIdOf(url) === null ? null : UPLOAD_METHODS.get(method)) ?? METHODS.get(method);
  if (found === undefined) {
    response.setHeader('allow', ALLOWED);
    throw new DavError(method === 'POST' ? 405 : 501, `${method} is no method of this server`);
  }
  checkOrigin(method, headers);
  return found;
}

/** What a request is about; null when it was answered, being about a folder above. */
function targetOf({ urls }: FileService, request: IncomingMessage, response: ServerResponse): string | null {
  const target = request.url ?? '/';
  if (request.method === 'OPTIONS' && (target === '*' || urls.isAbove(target))) {
    answerOptions(response);
    return null;
  }
  const path = urls.resourceOf(target);
  if (path === null) throw new DavError(404, 'nothing is served here');
  return path;
}

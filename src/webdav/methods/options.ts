import type { ServerResponse } from 'node:http';

/** All methods, in the order in which they are told. */
export const ALLOWED = [
  'OPTIONS',
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'MKCOL',
  'COPY',
  'MOVE',
  'PROPFIND',
  'PROPPATCH',
  'LOCK',
  'UNLOCK',
].join(', ');

/** Tells what the server can do. Class 2 lets Finder mount with writing; the other headers are for Windows. */
export function answerOptions(response: ServerResponse): void {
  response
    .writeHead(200, {
      allow: ALLOWED,
      dav: '1, 2, 3',
      'ms-author-via': 'DAV',
      'accept-ranges': 'bytes',
      'content-length': 0,
    })
    .end();
}

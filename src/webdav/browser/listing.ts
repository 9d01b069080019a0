import { writePiece } from '../answers';
import { STALL_MS } from '../bodies';
import type { Exchange } from '../exchange';
import { type Listed, listFolder } from '../tree/listing';
import { etagOf } from '../tree/representation';
import type { FullSpot } from '../tree/served-tree';

/** Most entries that a page gets. */
const MAX_LISTED = 10_000;

/** Sends what is in a folder as JSON, for the page; the tags are those of WebDAV. */
export async function answerListing(exchange: Exchange, spot: FullSpot): Promise<void> {
  const { request, response, service, visit } = exchange;
  const folder = visit.keep(await spot.folder.enter(spot.name));
  const batches = listFolder(service.tree, spot.path, folder);
  // What cannot be listed is refused before the answer begins.
  let next = await batches.next();
  response.writeHead(200, {
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  request.socket.setTimeout(STALL_MS);
  let count = 0;
  let separator = '{"entries":[';
  for (; !next.done && count <= MAX_LISTED; next = await batches.next()) {
    let piece = '';
    for (const { name, stats } of next.value) {
      if (!(stats.isFile() || stats.isDirectory())) continue;
      count += 1;
      if (count > MAX_LISTED) break;
      piece += separator + JSON.stringify(entryOf(name, stats));
      separator = ',';
    }
    if (piece !== '' && !(await writePiece(response, piece))) break;
  }
  await batches.return(undefined);
  const start = separator === ',' ? '' : separator;
  response.end(`${start}],"isTruncated":${count > MAX_LISTED}}`);
}

function entryOf(name: string, stats: Listed['stats']) {
  const modified = stats.mtimeMs;
  return stats.isFile()
    ? { name, kind: 'file', size: stats.size, modified, etag: etagOf(stats) }
    : { name, kind: 'folder', size: 0, modified, etag: null };
}

import type { Stats } from 'node:fs';
import { beginXml, writePiece } from '../answers';
import { readXml, STALL_MS } from '../bodies';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { isQuota, type Resource } from '../properties/live-properties';
import { propertyResponse, type ResponseContext } from '../properties/response';
import { depthOf } from '../request/headers';
import { type PropertyRequest, readPropfind } from '../request/propfind-body';
import { encodeName, namesOf } from '../request/url-paths';
import { listFolder } from '../tree/listing';
import { type Quota, quotaOf } from '../tree/quota';
import type { FullSpot } from '../tree/served-tree';
import { closeRoot, openRoot, XML_DECLARATION } from '../xml/writer';
import { findResource } from './find';

/** Tells properties of a resource and, with depth 1, of what is in a folder. */
export async function propfind(exchange: Exchange): Promise<void> {
  const { service, request, response, path } = exchange;
  const depth = depthOf(request.headers, ['0', '1', 'infinity'], 'infinity');
  const spot = await findResource(exchange, path);
  const wanted = readPropfind(await readXml(exchange));
  if (depth === 'infinity') {
    throw new DavError(403, 'whole trees are not listed at once', 'propfind-finite-depth');
  }
  const context = contextOf(exchange, wanted);
  const quotas = new Quotas(wanted, spot);
  const isFolder = spot.stats.isDirectory();
  const href = service.urls.hrefOf(path, isFolder);
  const own: Resource = {
    path: spot.path,
    name: namesOf(path).at(-1) ?? '',
    stats: spot.stats,
    quota: await quotas.of(spot.stats),
  };
  const first = propertyResponse(href, own, context);
  const inside = isFolder && depth === '1' ? exchange.visit.keep(await spot.folder.enter(spot.name)) : null;
  beginXml(response, 207);
  request.socket.setTimeout(STALL_MS);
  let piece = XML_DECLARATION + openRoot('multistatus') + first;
  if (inside !== null) {
    for await (const batch of listFolder(service.tree, spot.path, inside)) {
      for (const { name, path: key, stats } of batch) {
        if (!(stats.isFile() || stats.isDirectory())) continue;
        const entry = { path: key, name, stats, quota: await quotas.of(stats) };
        piece += propertyResponse(
          `${href}${encodeName(name)}${stats.isDirectory() ? '/' : ''}`,
          entry,
          context,
        );
      }
      if (!(await writePiece(response, piece))) return;
      piece = '';
    }
  }
  response.end(piece + closeRoot('multistatus'));
}

function contextOf({ service, request }: Exchange, wanted: PropertyRequest): ResponseContext {
  const { locks, properties, now } = service;
  const isBrief =
    request.headers['brief'] === 't' ||
    /\breturn[ ]?=[ ]?minimal\b/.test(String(request.headers['prefer'] ?? ''));
  return { locks, properties, now: now(), request: wanted, isBrief };
}

/** The room of each file system that is met, asked for once, and only when the client wants to know. */
class Quotas {
  readonly #isWanted: boolean;
  readonly #spot: FullSpot;
  #known: Quota | null | undefined;

  constructor(wanted: PropertyRequest, spot: FullSpot) {
    this.#isWanted =
      wanted.kind !== 'names' && wanted.properties.some(({ namespace, name }) => isQuota(namespace, name));
    this.#spot = spot;
  }

  /** Of another file system than the listed folder's nothing is said: its own folder tells. */
  async of({ dev }: Stats): Promise<Quota | null> {
    if (!this.#isWanted || dev !== this.#spot.stats.dev) return null;
    this.#known ??= await quotaOf(this.#spot);
    return this.#known;
  }
}

import { answerParts } from '../answers';
import { checkChange, complete } from '../conditions';
import { DavError, statusOf } from '../errors';
import type { Exchange } from '../exchange';
import { depthOf } from '../request/headers';
import { childOf } from '../request/url-paths';
import { removeEntry } from '../tree/removal';
import type { FailedPart } from '../xml/multistatus';
import { findEntry } from './find';

const REACH = { isOfName: true, isOfTree: true } as const;

/** Removes a file, a folder with all that is in it, or a link itself. */
export async function remove(exchange: Exchange): Promise<void> {
  const { service, request, response, path } = exchange;
  depthOf(request.headers, ['infinity'], 'infinity');
  const spot = await findEntry(exchange, path);
  if (spot.name === '.') throw new DavError(403, 'the served folder cannot be removed');
  await checkChange(exchange, spot, REACH);
  const parts: FailedPart[] = [];
  let failure: unknown;
  const isGone = await complete(exchange, spot, REACH, () =>
    removeEntry(spot.folder, spot.name, (names, error) => {
      failure = error;
      if (names.length === 0) return;
      const part = names.reduce(childOf, path);
      parts.push({ href: service.urls.hrefOf(part, false), status: statusOf(error) });
    }),
  );
  if (!isGone && parts.length === 0) throw failure;
  if (isGone) {
    service.locks.forget(spot.path);
    service.properties.forget(spot.path);
  }
  answerParts(response, 204, parts);
}

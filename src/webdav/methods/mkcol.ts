import { answerEmpty } from '../answers';
import { hasBody } from '../bodies';
import { checkChange } from '../conditions';
import { DavError } from '../errors';
import type { Exchange } from '../exchange';
import { system } from '../tree/system';

/** Makes a folder. */
export async function mkcol(exchange: Exchange): Promise<void> {
  if (hasBody(exchange)) throw new DavError(415, 'MKCOL has no body here');
  const spot = await exchange.visit.findName(exchange.path);
  if (spot.stats !== null) throw new DavError(405, 'something has this name already');
  await checkChange(exchange, spot, { isOfName: true, isOfTree: false });
  await system.mkdir(spot.folder.at(spot.name));
  exchange.service.properties.forget(spot.path);
  answerEmpty(exchange.response, 201);
}

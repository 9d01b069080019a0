import { answerEmpty } from '../answers';
import type { Exchange } from '../exchange';
import { lockToken } from '../request/headers';
import { findResource } from './find';

/** Gives up a lock. */
export async function unlock(exchange: Exchange): Promise<void> {
  const token = lockToken(exchange.request.headers);
  const { path } = await findResource(exchange, exchange.path);
  exchange.service.locks.release(path, token);
  answerEmpty(exchange.response, 204);
}

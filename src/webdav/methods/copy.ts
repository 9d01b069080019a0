import { answerParts } from '../answers';
import type { Exchange } from '../exchange';
import { depthOf } from '../request/headers';
import { discard } from '../tree/removal';
import { moveOver } from '../tree/replacement';
import { applyTime, completeTransfer, copyBeside, prepareTransfer } from './transfer';

/** Copies a file, a folder with or without what is in it, or a link itself. */
export async function copy(exchange: Exchange): Promise<void> {
  const { service, request, response } = exchange;
  const depth = depthOf(request.headers, ['0', 'infinity'], 'infinity');
  const transfer = await prepareTransfer(exchange, false);
  const { source, target } = transfer;
  const { name, parts } = await copyBeside(transfer, depth);
  try {
    await applyTime(transfer, target.folder.at(name));
    const status = await completeTransfer(transfer, async (current) => {
      await moveOver({ folder: target.folder, name }, target, source.stats.isDirectory(), current.stats);
      return current.stats === null ? 201 : 204;
    });
    service.locks.forgetBelow(target.path);
    service.properties.copy(source.path, target.path, depth);
    answerParts(response, status, parts);
  } catch (error) {
    await discard(target.folder, name);
    throw error;
  }
}

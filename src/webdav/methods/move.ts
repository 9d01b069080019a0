import { answerParts } from '../answers';
import { statusOf, systemCode } from '../errors';
import type { Exchange } from '../exchange';
import { depthOf } from '../request/headers';
import { childOf } from '../request/url-paths';
import { discard, removeEntry } from '../tree/removal';
import { moveOver } from '../tree/replacement';
import type { Spot } from '../tree/served-tree';
import type { FailedPart } from '../xml/multistatus';
import { applyTime, completeTransfer, copyBeside, prepareTransfer, type Transfer } from './transfer';

/** Moves a file, a folder or a link itself; to another file system by copying it. */
export async function move(exchange: Exchange): Promise<void> {
  const { service, request, response } = exchange;
  depthOf(request.headers, ['infinity'], 'infinity');
  const transfer = await prepareTransfer(exchange, true);
  const { source, target } = transfer;
  const { status, parts, isMoved } = await moved(transfer);
  if (isMoved) {
    service.locks.forget(source.path);
    service.locks.forgetBelow(target.path);
    service.properties.move(source.path, target.path);
  }
  answerParts(response, status, parts);
}

interface Outcome {
  readonly status: number;
  readonly parts: readonly FailedPart[];
  readonly isMoved: boolean;
}

async function moved(transfer: Transfer): Promise<Outcome> {
  const { source, target } = transfer;
  try {
    return await completeTransfer(transfer, async (current) => {
      await moveOver(source, target, source.stats.isDirectory(), current.stats);
      await applyTime(transfer, target.folder.at(target.name));
      return { status: statusFor(current), parts: [], isMoved: true };
    });
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    return movedByCopying(transfer);
  }
}

/** The source stays unless all of it was copied. */
async function movedByCopying(transfer: Transfer): Promise<Outcome> {
  const { exchange, source, target } = transfer;
  const { name, parts } = await copyBeside(transfer, 'infinity');
  try {
    if (parts.length > 0) {
      await discard(target.folder, name);
      return { status: 207, parts, isMoved: false };
    }
    await applyTime(transfer, target.folder.at(name));
    const status = await completeTransfer(transfer, async (current) => {
      await moveOver({ folder: target.folder, name }, target, source.stats.isDirectory(), current.stats);
      return statusFor(current);
    });
    const left: FailedPart[] = [];
    await removeEntry(source.folder, source.name, (names, error) => {
      const part = names.reduce(childOf, exchange.path);
      left.push({ href: exchange.service.urls.hrefOf(part, false), status: statusOf(error) });
    });
    return { status, parts: left, isMoved: true };
  } catch (error) {
    await discard(target.folder, name);
    throw error;
  }
}

const statusFor = ({ stats }: Spot): number => (stats === null ? 201 : 204);

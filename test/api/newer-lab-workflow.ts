import {
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';

type Document = Readonly<Record<string, unknown>>;

/** What a workflow of another version starts from. */
export interface OtherLab {
  readonly memo: Document;
  /** Whether its deletion lasts until the signal `finish`. */
  readonly isHeld?: boolean;
}

/** As a newer version may extend the update of the same name: its argument and result have more to them. */
const shutdown = defineUpdate<object, [{ readonly operationId: string }]>('shutdown');

/** Lets a deletion end. */
export const finish = defineSignal('finish');

/** A lab's workflow of another version: what it publishes, and answers, this version does not know all of. */
export async function lab({ memo, isHeld = false }: OtherLab): Promise<void> {
  upsertMemo(memo);
  let isOver = false;
  let isFinished = !isHeld;
  setHandler(finish, () => {
    isFinished = true;
  });
  setHandler(shutdown, async ({ operationId }) => {
    await condition(() => isFinished);
    const ended = {
      ...(memo.lab as Document),
      status: null,
      operation: { id: operationId, kind: 'archive' },
    };
    upsertMemo({ lab: ended });
    isOver = true;
    return { archivedAs: 's3://labs/1' };
  });
  await condition(() => isOver && allHandlersFinished());
}

import type { ProgressSource } from '../../../../src/api/dependencies';
import { createLabProgress, type LabKnowledge } from '../../../../src/api/services/labs';
import { DomainError } from '../../../../src/domain/errors';
import type { ProgressEvent } from '../../../../src/domain/progress';
import { anEvent } from '../fakes';

const OPTIONS = { lastEventId: null, signal: new AbortController().signal };

let doubted: string[];
let isReconciled: boolean;

const knowledge = {
  reconciled: {
    async conclusive<Found>(_username: string, look: () => Promise<Found | null>) {
      const found = await look();
      if (found === null && !isReconciled) throw new DomainError('labs_not_reconciled', 'not yet');
      return found;
    },
  },
  list: { doubt: (username: string) => void doubted.push(username) },
} as unknown as LabKnowledge;

beforeEach(() => {
  doubted = [];
  isReconciled = true;
});

const telling = (events: readonly ProgressEvent[]): ProgressSource => ({
  follow: async () =>
    (async function* () {
      yield* events;
    })(),
});

const SILENT: ProgressSource = {
  async follow(username) {
    throw new DomainError('unknown_user', `Unknown user ${username}`);
  },
};

test('the list is to agree with the completion before a viewer has it', async () => {
  const progress = createLabProgress(telling([anEvent(1), anEvent(2, { type: 'complete' })]), knowledge);
  const before: number[][] = [];
  for await (const { sequence } of await progress.follow('rachel', OPTIONS)) {
    before.push([sequence, doubted.length]);
  }

  expect(before).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('the list is to agree with a removal, whose stream has no event of its own for its end', async () => {
  const progress = createLabProgress(telling([anEvent(1)]), knowledge);
  for await (const { sequence } of await progress.follow('rachel', OPTIONS)) {
    expect([sequence, doubted]).toEqual([1, []]);
  }

  expect(doubted).toEqual(['rachel']);
});

test('a user without a stream is unknown once labs have been reconciled, and not before', async () => {
  const progress = createLabProgress(SILENT, knowledge);
  await expect(progress.follow('rachel', OPTIONS)).rejects.toMatchObject({ code: 'unknown_user' });
  isReconciled = false;

  await expect(progress.follow('rachel', OPTIONS)).rejects.toMatchObject({ code: 'labs_not_reconciled' });
});

import { DomainError } from '../../domain/errors';
import type { ProgressEvent } from '../../domain/progress';
import type { ProgressSource } from '../dependencies';
import type { LabKnowledge } from './labs';

/** Progress of labs. Distinguishes unknown from unadopted labs, and lets the list agree with events that were sent. */
export function createLabProgress(
  source: ProgressSource,
  { reconciled, list }: LabKnowledge,
): ProgressSource {
  async function* told(username: string, events: AsyncIterable<ProgressEvent>) {
    try {
      for await (const event of events) {
        if (event.type === 'complete' || event.type === 'failed') list.doubt(username);
        yield event;
      }
    } finally {
      list.doubt(username);
    }
  }

  return {
    async follow(username, options) {
      let unknown: unknown;
      const events = await reconciled.conclusive(username, () =>
        source.follow(username, options).catch((error: unknown) => {
          if (!(error instanceof DomainError && error.code === 'unknown_user')) throw error;
          unknown = error;
          return null;
        }),
      );
      if (events === null) throw unknown;
      return told(username, events);
    },
  };
}

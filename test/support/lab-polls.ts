import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually';
import { HUB_TOKEN } from './world';

/** What a client got for a request: the status, or no answer from the controller. */
export type PollAnswer = number | 'no answer';

/** A client that reads one user's lab again and again, as a hub does. */
export interface LabPoll {
  /** Its answers in their order, without repetitions of the one before. */
  readonly answers: readonly PollAnswer[];
  /** Resolves once an answer has been seen. */
  until(answer: PollAnswer): Promise<void>;
  stop(): Promise<void>;
}

/** Between two requests, so that other processes get their share of the machine. */
const PAUSE_MS = 10;

/** Status of the ingress when nothing listens at the controller's address. */
const BAD_GATEWAY = 502;

/** Starts to read a user's lab through the ingress at `proxyUrl`. */
export function pollLab(proxyUrl: string, username: string): LabPoll {
  const answers: PollAnswer[] = [];
  const end = new AbortController();
  const read = async (): Promise<PollAnswer> => {
    const headers = { authorization: `Bearer ${HUB_TOKEN}` };
    const answer = await fetch(`${proxyUrl}/nublado/spawner/v1/labs/${username}`, { headers });
    await answer.arrayBuffer();
    return answer.status === BAD_GATEWAY ? 'no answer' : answer.status;
  };
  const ended = (async () => {
    while (!end.signal.aborted) {
      const answer = await read().catch(() => 'no answer' as const);
      if (answers.at(-1) !== answer) answers.push(answer);
      await delay(PAUSE_MS);
    }
  })();
  return {
    answers,
    until: async (answer) => {
      await eventually(
        () => Promise.resolve(answers),
        (seen) => seen.includes(answer),
      );
    },
    async stop() {
      end.abort();
      await ended;
    },
  };
}

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startController } from '../stack/controller';
import { CHECKOUT } from '../stack/paths';
import { startStack } from '../stack/start';
import { controllerContender } from './contender';
import { LabClient } from './lab-client';
import { percentile } from './statistics';
import { markdown } from './tables';
import { makeUsers } from './users';

/** How soon the list of one replica agrees with the answers of another, in milliseconds. */
export interface ListFigures {
  readonly afterComplete: readonly number[];
  readonly afterRemoval: readonly number[];
  /** Lists of the answering replica that did not agree with its own answer. */
  readonly ownDisagreements: number;
}

const CONFIG_FILE = join(CHECKOUT, 'bench/config.yaml');
const LIMIT_MS = 30_000;
const ASK_EVERY_MS = 5;

/** One replica creates and deletes labs one after the other; two replicas list them. On a stack of its own. */
export async function measureList(labs: number, say: (line: string) => void): Promise<ListFigures> {
  const stack = await startStack({ name: `list-${process.pid}`, progress: say });
  try {
    const start = (command: 'api' | 'worker' | 'watcher', name: string) =>
      startController(command, { stack, name, configFile: CONFIG_FILE });
    const [one, other] = await Promise.all([
      start('api', 'one'),
      start('api', 'other'),
      start('worker', 'worker'),
      start('watcher', 'watcher'),
    ]);
    const [client, reader] = [new LabClient(one.apiUrl), new LabClient(other.apiUrl)];
    const contender = controllerContender('one', client);
    const afterComplete: number[] = [];
    const afterRemoval: number[] = [];
    let ownDisagreements = 0;
    const settle = async (username: string, isPresent: boolean): Promise<number> => {
      const answeredAt = performance.now();
      const [own, tookMs] = await Promise.all([
        client.list('running'),
        until(async () => (await reader.list('running')).includes(username) === isPresent, answeredAt),
      ]);
      if (own.includes(username) !== isPresent) ownDisagreements += 1;
      return tookMs;
    };
    for (const user of await makeUsers(stack, 'list', labs)) {
      await contender.spawn(user, 'behaviour-fast');
      afterComplete.push(await settle(user.username, true));
      await contender.remove(user);
      afterRemoval.push(await settle(user.username, false));
    }
    await Promise.all([client.close(), reader.close()]);
    return { afterComplete, afterRemoval, ownDisagreements };
  } finally {
    await stack.stop();
  }
}

/** The figures as a Markdown table. */
export function listTable({ afterComplete, afterRemoval, ownDisagreements }: ListFigures): string {
  const table = markdown(
    'The list of one replica after an answer of another',
    ['after', 'labs', 'p50 ms', 'p99 ms', 'most ms'],
    [row('`complete`', afterComplete), row('204 of a removal', afterRemoval)],
  );
  return `${table}\n\nLists that did not agree with an answer of the same replica: ${ownDisagreements}`;
}

const row = (name: string, samples: readonly number[]): string[] => [
  name,
  String(samples.length),
  ...[0.5, 0.99, 1].map((share) => percentile(samples, share).toFixed(0)),
];

async function until(isSo: () => Promise<boolean>, since: number): Promise<number> {
  for (;;) {
    if (await isSo()) return performance.now() - since;
    if (performance.now() - since > LIMIT_MS) throw new Error('the other replica never agreed');
    await delay(ASK_EVERY_MS);
  }
}

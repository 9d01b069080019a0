import { type ControllerProcess, startController } from '../stack/controller';
import type { Stack } from '../stack/description';
import type { Pids } from './meters';

/** The processes of the controller, one of each kind. */
export const KINDS = ['api', 'worker', 'watcher'] as const;

export type Kind = (typeof KINDS)[number];

/** The controller as separate processes on a stack. */
export interface Controllers {
  readonly apiUrl: string;
  readonly opsUrls: readonly string[];
  pids(): Pids;
  /** Kills one process with SIGKILL and starts its successor at the same addresses; resolves when that is ready. */
  replace(kind: Kind): Promise<void>;
  /** The same for all processes at once; resolves with the duration in milliseconds. */
  replaceAll(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the three processes and waits until they are ready. */
export async function startControllers(stack: Stack, configFile: string): Promise<Controllers> {
  const start = async (kind: Kind) => [kind, await startController(kind, { stack, configFile })] as const;
  const running = new Map<Kind, ControllerProcess>(await Promise.all(KINDS.map(start)));
  const of = (kind: Kind): ControllerProcess => {
    const controller = running.get(kind);
    if (!controller) throw new Error(`there is no ${kind}`);
    return controller;
  };
  const replace = async (kind: Kind) => {
    const predecessor = of(kind);
    await predecessor.kill('SIGKILL');
    running.set(kind, await startController(kind, { stack, configFile, ports: predecessor.ports }));
  };
  return {
    apiUrl: of('api').apiUrl,
    opsUrls: KINDS.map((kind) => of(kind).opsUrl),
    pids: () => Object.fromEntries([...running].map(([kind, { pid }]) => [kind, pid])),
    replace,
    async replaceAll() {
      const startedAt = performance.now();
      await Promise.all(KINDS.map(replace));
      return performance.now() - startedAt;
    },
    async stop() {
      await Promise.all([...running.values()].map((controller) => controller.kill('SIGTERM')));
    },
  };
}

import { type ControllerPorts, type ControllerProcess, startController } from '../stack/controller';
import type { Stack } from '../stack/description';
import type { Pids } from './meters';

/** The separate processes of the controller, one of each kind. */
export const KINDS = ['api', 'worker', 'watcher'] as const;

/** One of these, or the process that does the work of all. */
export type Kind = (typeof KINDS)[number] | 'serve';

/** The controller as processes on a stack. */
export interface Controllers {
  readonly apiUrl: string;
  readonly opsUrls: readonly string[];
  pids(): Pids;
  /** Name and process: the one with that ID, else the first one of the kind. */
  find(kind: Kind, pid?: number | null): readonly [string, ControllerProcess];
  /**
   * Kills one process with SIGKILL, by default the first of its kind, and starts its successor at the same addresses;
   * resolves when that is ready.
   */
  replace(kind: Kind, pid?: number | null): Promise<void>;
  /** The same for all processes at once; resolves with the duration in milliseconds. */
  replaceAll(): Promise<number>;
  stop(): Promise<void>;
}

/** How processes are started. */
export interface ControllersOptions {
  readonly stack: Stack;
  readonly configFile: string;
  /** Names of the processes that are started; by default one of each of the three kinds. */
  readonly names?: readonly string[];
  /** What is added to the environment of a process, by its name. */
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>;
}

const STANDBY = 'standby-';

/** The three processes, a second worker, and a second watcher. */
export const NAMES_WITH_STANDBY: readonly string[] = [...KINDS, `${STANDBY}worker`, `${STANDBY}watcher`];

function kindOf(name: string): Kind {
  const kind = [...KINDS, 'serve' as const].find((known) => known === name.replace(STANDBY, ''));
  if (!kind) throw new Error(`there is no kind of ${name}`);
  return kind;
}

/** Starts the processes and waits until they are ready. */
export async function startControllers({
  stack,
  configFile,
  names = KINDS,
  environmentOf = () => ({}),
}: ControllersOptions): Promise<Controllers> {
  const start = async (name: string, ports?: ControllerPorts) => {
    const options = { stack, configFile, name, environment: environmentOf(name), ...(ports && { ports }) };
    return [name, await startController(kindOf(name), options)] as const;
  };
  /** By the names in tables and of log files. */
  const running = new Map<string, ControllerProcess>(await Promise.all(names.map((name) => start(name))));
  const find = (kind: Kind, pid: number | null = null) => {
    const ofKind = [...running].filter(([, { command }]) => command === kind);
    const found = ofKind.find(([, controller]) => controller.pid === pid) ?? ofKind[0];
    if (!found) throw new Error(`there is no ${kind}`);
    return found;
  };
  const replace = async (kind: Kind, pid?: number | null) => {
    const [name, predecessor] = find(kind, pid);
    await predecessor.kill('SIGKILL');
    running.set(...(await start(name, predecessor.ports)));
  };
  return {
    apiUrl: find(names.includes('serve') ? 'serve' : 'api')[1].apiUrl,
    opsUrls: [...running.values()].map(({ opsUrl }) => opsUrl),
    pids: () => Object.fromEntries([...running].map(([name, { pid }]) => [name, pid])),
    find,
    replace,
    async replaceAll() {
      const startedAt = performance.now();
      await Promise.all([...running].map(([name, { pid }]) => replace(kindOf(name), pid)));
      return performance.now() - startedAt;
    },
    async stop() {
      await Promise.all([...running.values()].map((controller) => controller.kill('SIGTERM')));
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { stackFiles } from '../../stack/files';
import { processesIn } from '../../stack/processes-in';
import type { OwnStack } from '../../stack/start';
import type { ToxicProxy } from '../../stack/toxics';
import { type Controllers, KINDS, type Kind } from '../controllers';
import type { Connections } from './connections';

/** What can fail. */
export const TARGETS = [...KINDS, 'temporal', 'postgresql'] as const;

export type Target = (typeof TARGETS)[number];

/** How it fails: by SIGKILL, by SIGSTOP, or by a network that lets nothing through. */
export const FAULTS = ['killed', 'stalled', 'cut off'] as const;

export type Fault = (typeof FAULTS)[number];

/** A fault that can be brought about. */
export interface Disturbance {
  /** Resolves once it has begun. */
  begin(): Promise<void>;
  /** Ends it; resolves once what failed runs again. Of a kill: once the successor runs, which starts at once. */
  end(): Promise<void>;
}

export interface FaultWorld {
  readonly stack: OwnStack;
  readonly controllers: Controllers;
  /** By the names of processes. */
  readonly connections: ReadonlyMap<string, Connections>;
}

/** The fault of one process of the controller. */
export function controllerFault(
  world: FaultWorld,
  fault: Fault,
  kind: Kind,
  pid: number | null,
): Disturbance {
  const { connections, controllers } = world;
  const [name, controller] = controllers.find(kind, pid);
  if (fault === 'killed') return kill(() => controllers.replace(kind, controller.pid));
  if (fault === 'stalled') return stall(async () => [controller.pid]);
  const ways = connections.get(name);
  return cut(ways ? [ways.temporal, ways.kubernetes] : []);
}

/** The fault of Temporal's server; cut off from every process of the controller. */
export function temporalFault({ connections, stack }: FaultWorld, fault: Fault): Disturbance {
  if (fault === 'killed') {
    return kill(async () => {
      await stack.kill('temporal');
      await stack.revive('temporal');
    });
  }
  if (fault === 'stalled') return stall(async () => processesIn(stack.directory, /temporal-server\0/));
  return cut([...connections.values()].map(({ temporal }) => temporal));
}

/** The fault of PostgreSQL with all of its processes; null for what cannot be brought about. */
export function databaseFault({ stack }: FaultWorld, fault: Fault): Disturbance | null {
  const data = stackFiles(stack.directory).postgresqlData;
  const own = () => processesIn(data);
  if (fault === 'stalled') return stall(async () => own());
  if (fault === 'cut off') return null;
  return kill(async () => {
    await stack.kill('postgresql');
    // It starts only once the processes of its connections have ended too.
    while (own().length > 0) await delay(10);
    await stack.revive('postgresql');
  });
}

function kill(replace: () => Promise<void>): Disturbance {
  let replaced = Promise.resolve();
  return {
    begin: async () => {
      replaced = replace();
    },
    end: () => replaced,
  };
}

function stall(find: () => Promise<readonly number[]>): Disturbance {
  let stalled: readonly number[] = [];
  const send = (signal: NodeJS.Signals) => {
    for (const pid of stalled) process.kill(pid, signal);
  };
  return {
    async begin() {
      stalled = await find();
      if (stalled.length === 0) throw new Error('there is no process to stop');
      send('SIGSTOP');
    },
    end: async () => send('SIGCONT'),
  };
}

function cut(proxies: readonly ToxicProxy[]): Disturbance {
  return {
    begin: async () => void (await Promise.all(proxies.map((proxy) => proxy.cut()))),
    end: async () => void (await Promise.all(proxies.map((proxy) => proxy.heal()))),
  };
}

import { join } from 'node:path';
import { routeIngressTo } from '../../stack/controller';
import { hubApi } from '../../stack/hub-api';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { startStack } from '../../stack/start';
import { startControllers } from '../controllers';
import type { Figures } from '../figures';
import { markdown } from '../tables';
import { makeUsers } from '../users';
import { configurationOn, describedHub } from './configuration';
import { measureEvents } from './events';
import { measureExits } from './exits';
import { reachJupyterHub } from './jupyterhub';
import { startKubeSpawnerHub } from './kubespawner';
import { watchPodEnds } from './pod-ends';
import { readServerRecords } from './server-records';
import { type MeasuredHub, measureSpawns } from './spawns';
import { standInForLabs } from './stand-in-labs';

/** Figures of a real hub with the Nublado plugins, and of one with KubeSpawner in the same run. */
export interface HubFigures {
  readonly labs: number;
  readonly ours: Figures;
  readonly kubespawner: Figures;
  readonly exits: Figures;
  readonly events: Figures;
}

const WARM_UP_LABS = 10;

/** Time over which the ends of labs are spread, in milliseconds. */
const EXITS_MS = 60_000;

/** Label of pods of all JupyterHub spawners. */
const SERVERS = 'component=singleuser-server';

const form = (name: string) => ({
  image_list: [`registry.example.com/lab:behaviour-${name}`],
  size: ['small'],
});

/** Measures spawns, exits and events through a real hub, on a stack of its own. */
export async function measureHub(labs: number, say: (line: string) => void): Promise<HubFigures> {
  const closing: (() => unknown)[] = [];
  const opened = <T extends { close(): unknown }>(thing: T): T => {
    closing.push(() => thing.close());
    return thing;
  };
  try {
    const stack = await startStack({
      name: `hub-${process.pid}`,
      jupyterhub: 'full',
      labs: false,
      progress: say,
    });
    closing.push(() => stack.stop());
    const hub = describedHub(stack);
    const cluster = opened(kubernetesApi(stack.kubernetes.adminKubeconfig));
    opened(standInForLabs(stack.kubernetes.adminKubeconfig, SERVERS));
    const controllers = await startControllers({ stack, configFile: configurationOn(stack) });
    closing.push(() => controllers.stop());
    await routeIngressTo(stack, controllers.apiUrl);
    const ours: MeasuredHub = {
      api: hubApi(hub),
      form: form('fast'),
      pids: () => ({ hub: stack.pids['jupyterhub'] ?? 0, ...controllers.pids() }),
    };
    const people = async (prefix: string, count: number) => {
      const users = await makeUsers(stack, prefix, count);
      for (const user of users) await reachJupyterHub(hub).logIn(user);
      return users.map(({ username }) => username);
    };
    const kubespawner = opened(await startKubeSpawnerHub(stack, cluster, say));
    const strangers = async (prefix: string, count: number) => {
      const usernames = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
      await kubespawner.register(usernames);
      return usernames;
    };

    say(`${WARM_UP_LABS} labs to warm up`);
    await measureSpawns(ours, await people('warm', WARM_UP_LABS));
    await measureSpawns(kubespawner, await strangers('warm', WARM_UP_LABS));
    say('events of a pod');
    const [waiting = ''] = await people('waiting', 1);
    const events = await measureEvents(ours.api, cluster, waiting, form('waits'));
    say(`${labs} labs at once`);
    const usernames = await people('hub', labs);
    const spawns = await measureSpawns(ours, usernames);
    const records = opened(readServerRecords(join(stack.directory, 'jupyterhub.sqlite')));
    say(`${labs} labs that end within a minute`);
    const podEnds = opened(watchPodEnds(stack.kubernetes.adminKubeconfig));
    const exits = await measureExits({ podEnds, records }, cluster, usernames, EXITS_MS);
    say(`${labs} labs at once by KubeSpawner`);
    const others = await measureSpawns(kubespawner, await strangers('hub', labs));
    return { labs, ours: spawns, kubespawner: others, exits, events };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

const number = (figures: Figures, name: string, digits = 0): string => figures[name]?.toFixed(digits) ?? '';

/** The figures as Markdown tables. */
export function hubTables({ labs, ours, kubespawner, exits, events }: HubFigures): string {
  const spawns = markdown(
    `${labs} spawns at once through a real hub`,
    ['spawner', 'ready', 'failed', 'labs/s', 'p50 ms', 'p99 ms', "hub's CPU ms per spawn", "controller's"],
    (
      [
        ['nublado', ours],
        ['kubespawner', kubespawner],
      ] as const
    ).map(([name, figures]) => [
      name,
      number(figures, 'ready'),
      number(figures, 'failed'),
      number(figures, 'perSecond', 1),
      number(figures, 'ready.p50Ms'),
      number(figures, 'ready.p99Ms'),
      number(figures, 'cpu.hub', 1),
      ['cpu.api', 'cpu.worker', 'cpu.watcher'].some((part) => part in figures)
        ? ['cpu.api', 'cpu.worker', 'cpu.watcher']
            .reduce((sum, part) => sum + (figures[part] ?? 0), 0)
            .toFixed(1)
        : '',
    ]),
  );
  const times = markdown(
    'Until the hub is notified',
    ['what', 'samples', 'missing', 'p50 ms', 'p95 ms', 'p99 ms'],
    [
      ['lab told to end → pod shown as ended', exits, 'shown', 'cleaned', 'none'] as const,
      ['pod shown as ended → hub clean', exits, 'clean', 'cleaned', 'unclean'] as const,
      ['event at the API server → text from the hub', events, 'event', 'events', 'none'] as const,
    ].map(([what, figures, name, count, missing]) => [
      what,
      number(figures, count),
      number({ none: 0, ...figures }, missing),
      number(figures, `${name}.p50Ms`),
      number(figures, `${name}.p95Ms`),
      number(figures, `${name}.p99Ms`),
    ]),
  );
  return `${spawns}\n\n${times}`;
}

import { join } from 'node:path';
import { USER_LABEL } from '../../src/domain/lab-key';
import { LAB_SELECTOR } from '../../src/objects/labels';
import { hubApi } from '../../stack/hub-api';
import type { Figures } from '../figures';
import { describedHub } from '../hub/configuration';
import { measureExits } from '../hub/exits';
import { reachJupyterHub } from '../hub/jupyterhub';
import { watchPodEnds } from '../hub/pod-ends';
import { readServerRecords } from '../hub/server-records';
import { measureSpawns } from '../hub/spawns';
import { standInForLabs } from '../hub/stand-in-labs';
import { makeUsers } from '../users';
import type { ScaleArena } from './arena';

const PER_SECOND = 5;

const FORM = { image_list: ['registry.example.com/lab:behaviour-fast'], size: ['small'] };

/**
 * Spawns labs through the hub, which then end by themselves, five in a second: the figures of `measureExits`, and those of
 * the spawns as `ready.…` and `failed`.
 */
export async function measureHubExits({ cluster, stack }: ScaleArena, count: number): Promise<Figures> {
  const closing: { close(): unknown }[] = [];
  try {
    const hub = describedHub(stack);
    const users = await makeUsers(stack, 'exit', count);
    const usernames = users.map(({ username }) => username);
    for (const user of users) await reachJupyterHub(hub).logIn(user);
    const { adminKubeconfig } = stack.kubernetes;
    const selector = `${LAB_SELECTOR},${USER_LABEL} in (${usernames.join()})`;
    closing.push(standInForLabs(adminKubeconfig, selector));
    const spawns = await measureSpawns({ api: hubApi(hub), form: FORM, pids: () => ({}) }, usernames);
    const records = readServerRecords(join(stack.directory, 'jupyterhub.sqlite'));
    closing.push(records);
    const podEnds = watchPodEnds(adminKubeconfig);
    closing.push(podEnds);
    const exits = await measureExits({ podEnds, records }, cluster, usernames, (count / PER_SECOND) * 1_000);
    return { ...spawns, ...exits };
  } finally {
    for (const opened of closing.toReversed()) await opened.close();
  }
}

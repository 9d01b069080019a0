import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { httpGet } from './probe';

/** Longest time for the answer to a hook, in ms; the grace period of the pod ends earlier. */
const MAX_MS = 600_000;

/**
 * Does what a container wants before its SIGTERM, and resolves afterwards.
 *
 * @throws Error for a hook that fails, or one that runs a command, which is not supported.
 */
export async function preStop(pod: V1Pod, container: V1Container): Promise<void> {
  const hook = container.lifecycle?.preStop;
  if (!hook) return;
  if (hook.sleep) await delay(hook.sleep.seconds * 1000);
  else if (hook.httpGet) await httpGet(pod, container, hook.httpGet, MAX_MS);
  else throw new Error('this stack runs no commands of hooks');
}

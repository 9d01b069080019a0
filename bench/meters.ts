import { readFileSync } from 'node:fs';
import type { KubernetesApi } from '../stack/kubernetes-api';
import type { Figures } from './figures';

/** Process IDs by the name in the tables. */
export type Pids = Readonly<Record<string, number>>;

/** Length of the kernel's accounting tick: USER_HZ is 100 on all Linux architectures in use. */
export const TICK_MS = 10;

/** CPU time of processes since their start, in milliseconds, by name; Linux only. */
export function cpuTimes(pids: Pids): Figures {
  return figuresOf(pids, (pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  });
}

/** Resident memory of processes, in MiB, by name; Linux only. */
export function residentMemory(pids: Pids): Figures {
  return figuresOf(pids, (pid) => {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) / 1024;
  });
}

function figuresOf(pids: Pids, read: (pid: number) => number): Figures {
  const entries = Object.entries(pids).flatMap(([name, pid]) => {
    try {
      return [[name, read(pid)] as const];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(entries);
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const REQUEST_LINE =
  /^nublado_kubernetes_requests_total\{verb="([^"]*)",resource="([^"]*)",status="(\d+)"\} (\S+)$/gm;

/**
 * Requests to the API server, summed over the metrics pages of the controller's processes: by verb and resource, and
 * as `writes`, `reads`, `watches` and `refused`.
 */
export async function kubernetesRequests(opsUrls: readonly string[]): Promise<Figures> {
  const pages = await Promise.all(opsUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  return countRequests(pages);
}

/** The same, from the text of the pages. */
export function countRequests(pages: readonly string[]): Figures {
  const counts: Record<string, number> = {};
  const add = (name: string, value: number) => {
    counts[name] = (counts[name] ?? 0) + value;
  };
  for (const [, verb = '', resource = '', status = '', text] of pages.join('\n').matchAll(REQUEST_LINE)) {
    const value = Number(text);
    add(`${verb} ${resource}`, value);
    if (WRITES.has(verb)) add('writes', value);
    else add(verb === 'watch' ? 'watches' : 'reads', value);
    add('refused', status.startsWith('2') ? 0 : value);
  }
  return counts;
}

/** Number of watches that the API server serves now, for all clients. */
export async function openWatches(cluster: KubernetesApi): Promise<number> {
  const { body } = await cluster.send('GET', '/metrics');
  const lines = String(body).matchAll(/^apiserver_longrunning_requests\{(.*)\} (\S+)$/gm);
  return [...lines]
    .filter(([, labels = '']) => labels.includes('verb="WATCH"'))
    .reduce((sum, [, , value]) => sum + Number(value), 0);
}

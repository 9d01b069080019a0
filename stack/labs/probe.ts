import { request } from 'node:http';
import { connect } from 'node:net';
import type { V1Container, V1HTTPGetAction, V1Pod, V1Probe } from '@kubernetes/client-node';

/** Port of a container, which probes and hooks may name. */
function portOf({ ports = [] }: V1Container, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port);
  return named?.containerPort ?? Number(port);
}

/** Sends a kubelet's request to a container and returns the status. Rejects without a response in time. */
export function httpGet(
  pod: V1Pod,
  container: V1Container,
  { host, httpHeaders = [], path = '/', port }: V1HTTPGetAction,
  timeoutMs: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: host ?? pod.status?.podIP,
      port: portOf(container, port),
      path,
      headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.once('response', (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end();
  });
}

function tcpConnect(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.once('connect', () => resolve());
    socket.once('timeout', () => reject(new Error('i/o timeout')));
    socket.once('error', reject);
    socket.once('connect', () => socket.destroy());
    socket.once('timeout', () => socket.destroy());
  });
}

/** Asks a container once. Null for success, else what was wrong; probes that run a command always fail. */
export async function attempt(pod: V1Pod, container: V1Container, probe: V1Probe): Promise<string | null> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.httpGet) {
      const status = await httpGet(pod, container, probe.httpGet, timeoutMs);
      return status >= 200 && status < 400 ? null : `HTTP probe failed with statuscode: ${status}`;
    }
    if (!probe.tcpSocket) return 'this stack has no probes but those by HTTP and TCP';
    const { host = pod.status?.podIP ?? '', port } = probe.tcpSocket;
    await tcpConnect(host, portOf(container, port), timeoutMs);
    return null;
  } catch (error) {
    return String(error);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeLoopbackPort } from '../src/process/address';
import type { Stack } from './description';
import { stackFiles } from './files';
import { CHECKOUT, CONTROLLER_PROGRAM } from './paths';

/** A command of the controller that keeps running. */
export type ControllerCommand = 'serve' | 'api' | 'worker' | 'watcher';

export interface ControllerOptions {
  readonly stack: Stack;
  /** Name of this process among those of the stack, also of its log file. */
  readonly name?: string;
  readonly configFile?: string;
  /** Connects to the API server through toxiproxy. */
  readonly viaToxiproxy?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Address that the API listens on; loopback by default. */
  readonly host?: string;
  /** Ports of an earlier process, for a successor at the same addresses; free ones by default. */
  readonly ports?: ControllerPorts;
}

/** Loopback ports of one process of the controller. */
export interface ControllerPorts {
  readonly api: number;
  /** Listener for usage reports of labs, with `hub.aggregateActivity`. */
  readonly activity: number;
  readonly ops: number;
}

/** One running process of the controller, built from this checkout. */
export interface ControllerProcess {
  readonly command: ControllerCommand;
  readonly pid: number;
  readonly ports: ControllerPorts;
  /** URL of the API; only `serve` and `api` have one. */
  readonly apiUrl: string;
  /** URL of probes and metrics. */
  readonly opsUrl: string;
  /** Its log file, which stays when the stack stops. */
  readonly logFile: string;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 50;

/**
 * Starts a process of the controller on a stack, with the limited credentials, and returns once it is ready. It stops
 * with this process.
 *
 * @throws Error with the end of its log when it exits or does not become ready in time.
 */
export async function startController(
  command: ControllerCommand,
  options: ControllerOptions,
): Promise<ControllerProcess> {
  const { controller, child } = await launch(command, options);
  await becomeReady(controller, child);
  return controller;
}

/** Starts a process of the controller without waiting until it is ready. */
export async function startUnreadyController(
  command: ControllerCommand,
  options: ControllerOptions,
): Promise<ControllerProcess> {
  return (await launch(command, options)).controller;
}

/** Free ports, for a process whose addresses must be known before it starts. */
export async function freeControllerPorts(): Promise<ControllerPorts> {
  const [api, activity, ops] = [await freeLoopbackPort(), await freeLoopbackPort(), await freeLoopbackPort()];
  return { api, activity, ops };
}

async function launch(command: ControllerCommand, options: ControllerOptions) {
  const ports = options.ports ?? (await freeControllerPorts());
  const directory = join(options.stack.directory, 'controller');
  mkdirSync(directory, { recursive: true });
  const logFile = stackFiles(options.stack.directory).log(`nublado-${options.name ?? command}`);
  const log = openSync(logFile, 'a');
  const needsApi = command === 'serve' || command === 'api';
  const child = spawn(
    process.execPath,
    [
      CONTROLLER_PROGRAM,
      command,
      `--config=${options.configFile ?? join(CHECKOUT, 'config/example.yaml')}`,
      `--ops=127.0.0.1:${ports.ops}`,
      ...(needsApi
        ? [
            `--listen=${options.host ?? '127.0.0.1'}:${ports.api}`,
            `--activity-listen=127.0.0.1:${ports.activity}`,
          ]
        : []),
    ],
    { env: environmentOf(options, directory), stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const stopWithParent = () => child.kill('SIGKILL');
  process.once('exit', stopWithParent);
  const exited = exitOf(child).finally(() => process.removeListener('exit', stopWithParent));
  const controller: ControllerProcess = {
    command,
    pid: child.pid ?? 0,
    ports,
    apiUrl: `http://127.0.0.1:${ports.api}`,
    opsUrl: `http://127.0.0.1:${ports.ops}`,
    logFile,
    exited,
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
  };
  return { controller, child };
}

/** Sets the controller that the stack's ingress forwards requests to. */
export async function routeIngressTo({ identity }: Stack, apiUrl: string): Promise<void> {
  const answer = await fetch(`${identity.controlUrl}/upstream`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: apiUrl }),
  });
  if (!answer.ok) throw new Error(`the ingress refused its upstream: ${answer.status}`);
}

function environmentOf({ stack, viaToxiproxy, environment }: ControllerOptions, directory: string) {
  const { kubernetes, temporal, identity, toxiproxy } = stack;
  return {
    PATH: process.env['PATH'] ?? '',
    KUBECONFIG: viaToxiproxy ? kubernetes.controllerKubeconfigViaToxiproxy : kubernetes.controllerKubeconfig,
    TEMPORAL_ADDRESS: viaToxiproxy ? toxiproxy.temporalAddress : temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    REPERTOIRE_BASE_URL: identity.discoveryUrl,
    EXTERNAL_INSTANCE_URL: identity.proxyUrl,
    NUBLADO_SEALING_KEYS: sealingKeys(directory),
    ...environment,
  };
}

/** One key per stack, so that a restarted worker can decrypt what an earlier API process sealed. */
function sealingKeys(directory: string): string {
  const keys = join(directory, 'sealing-keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const key = join(keys, 'stack');
  if (!existsSync(key)) writeFileSync(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  return keys;
}

async function becomeReady({ opsUrl, logFile, command }: ControllerProcess, child: ChildProcess) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(`${opsUrl}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await delay(READY_POLL_MS);
  }
  child.kill('SIGKILL');
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  throw new Error(`nublado ${command} did not become ready:\n${lines}`);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorMessage } from '../src/domain/errors';
import { buildComponents, type Progress } from './build';
import { installChart } from './chart/install';
import {
  COMPONENTS,
  GATEWAY_API,
  POSTGRESQL,
  REGISTRY,
  TEMPORAL_SERVER,
  TEMPORAL_SQL_TOOL,
} from './components';
import { type Stack, stackSchema } from './description';
import { stackFiles } from './files';
import { type HubKind, type HubVersion, hubComponents } from './jupyterhub/components';
import { CONTROLLER_PROGRAM, stackDirectory } from './paths';
import type { BootOptions } from './plan';
import type { ProcessOrder } from './process-order';
import { findStack, removeOldStacks, stopStack } from './state';

/** `development`: Temporal's development server, with its Web UI. `postgresql`: the server of its images, without one. */
export type TemporalKind = 'development' | 'postgresql';

export interface StackOptions {
  /** Name of the stack on this machine; `default` by default. */
  readonly name?: string;
  /** Number of simulated nodes; 1 by default. */
  readonly nodes?: number;
  /** Keeps the state of Temporal and Kubernetes for the next start under the same name. */
  readonly persistent?: boolean;
  /**
   * Starts JupyterHub: `api` with REST API and tokens only, `full` with proxy and the Nublado plugins, behind the
   * ingress, and with labs whose containers run.
   */
  readonly jupyterhub?: HubKind;
  /** 6 by default. */
  readonly hubVersion?: HubVersion;
  /** Runs the containers of pods with behaviour `process`; implied by a full JupyterHub, with JupyterLab. */
  readonly labs?: boolean;
  /** Serves Ingresses: makes those of GafaelfawrIngresses, and gives them addresses. */
  readonly ingress?: boolean;
  /** Starts Docker registries. */
  readonly registry?: boolean;
  /**
   * Installs this checkout's chart, whose pods run as processes, behind the ingress; implies `labs` and `ingress`. With
   * `later`, everything is prepared for it, and `installChart` does it. Needs root.
   */
  readonly chart?: boolean | 'later';
  /** Starts PostgreSQL. */
  readonly postgresql?: boolean;
  /** With `postgresql`, Temporal is the server of its images on PostgreSQL; by default its development server. */
  readonly temporal?: TemporalKind;
  /** URL that the authenticating proxy forwards to; the control API can set it later. */
  readonly upstreamUrl?: string;
  /** Leaves the stack running when this process ends; by default it stops with this process. */
  readonly detached?: boolean;
  readonly progress?: Progress;
}

/** A running stack that can be stopped. */
export interface RunningStack extends Stack {
  /** Ends all processes; resolves when they have ended. */
  stop(): Promise<void>;
}

/** A stack that this process started. */
export interface OwnStack extends RunningStack {
  /** Kills one process, such as `temporal`. Not available for a detached stack. */
  kill(process: string): Promise<void>;
  /** Starts a killed process again; returns before it is ready. */
  revive(process: string): Promise<void>;
}

/** Attempts to start a stack: another program may have taken one of its ports. */
const ATTEMPTS = 3;

/**
 * Builds missing components and starts a stack.
 *
 * @throws Error if a stack of that name runs, if a build fails, or with the last log lines of the process that
 *   failed. No process is left running then.
 */
export async function startStack(options: StackOptions = {}): Promise<OwnStack> {
  const { name = 'default', nodes = 1, persistent = false, progress = () => undefined } = options;
  const { chart = false, jupyterhub = null, registry = false } = options;
  const hasTemporalServer = options.temporal === 'postgresql';
  const { postgresql = hasTemporalServer } = options;
  const hasChart = chart !== false;
  const { hubVersion = 6, ingress = hasChart, labs = hasChart || jupyterhub === 'full' } = options;
  if (hasChart && process.getuid?.() !== 0)
    throw new Error('only root can run the pods of the chart as their users');
  if (hasChart && !existsSync(CONTROLLER_PROGRAM))
    throw new Error(
      'the pods of the chart run the compiled controller, which is missing: run "npm run build" first',
    );
  const directory = stackDirectory(name);
  const components = [
    ...COMPONENTS,
    ...(jupyterhub ? hubComponents(jupyterhub, hubVersion) : []),
    ...(ingress ? [GATEWAY_API] : []),
    ...(registry ? [REGISTRY] : []),
    ...(postgresql ? [POSTGRESQL] : []),
    ...(hasTemporalServer ? [TEMPORAL_SERVER, TEMPORAL_SQL_TOOL] : []),
  ];
  const binaries = await buildComponents({ components, progress });
  if (findStack(name)) throw new Error(`stack ${name} is already running`);
  removeOldStacks();
  const { upstreamUrl } = options;
  const bootOptions = {
    name,
    directory,
    binaries,
    nodes,
    isPersistent: persistent,
    hub: jupyterhub && { kind: jupyterhub, version: hubVersion },
    hasLabs: labs,
    hasIngress: ingress,
    hasChart,
    hasRegistry: registry,
    hasPostgresql: postgresql,
    hasTemporalServer,
    ...(upstreamUrl ? { upstreamUrl } : {}),
  };
  const { supervisor, stack } = await bootInAttempts(bootOptions, progress);
  if (chart === true) {
    try {
      await installChart(stack, progress);
    } catch (error) {
      await stopStack(stack);
      throw error;
    }
  }
  if (options.detached) {
    supervisor.send('stay', () => supervisor.disconnect());
    supervisor.unref();
  }
  return {
    ...stack,
    stop: () => stopStack(stack),
    kill: (name) => order(supervisor, { kill: name }),
    revive: (name) => order(supervisor, { revive: name }),
  };
}

async function bootInAttempts(options: BootOptions, progress: Progress) {
  for (let attempt = 1; ; attempt += 1) {
    clear(options);
    const supervisor = spawnSupervisor(options);
    const ended = endOf(supervisor);
    try {
      const stack = await report(supervisor, progress, stackFiles(options.directory).log('supervisor'));
      return { supervisor, stack };
    } catch (error) {
      await ended;
      if (attempt === ATTEMPTS) throw error;
      progress(`the stack did not start and is started again: ${errorMessage(error)}`);
    }
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Removes the files of an earlier stack of that name. */
function clear({ directory, isPersistent }: BootOptions): void {
  const { logs } = stackFiles(directory);
  rmSync(isPersistent ? logs : directory, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
}

function spawnSupervisor(options: BootOptions): ChildProcess {
  const log = openSync(stackFiles(options.directory).log('supervisor'), 'a');
  const args = [
    '--import',
    require.resolve('tsx'),
    join(__dirname, 'supervisor.ts'),
    JSON.stringify(options),
  ];
  const supervisor = spawn(process.execPath, args, {
    detached: true,
    cwd: options.directory,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return supervisor;
}

const messageSchema = z.union([
  z.object({ progress: z.string() }),
  z.object({ stack: stackSchema }),
  z.object({ failure: z.string() }),
  z.object({ done: z.string() }),
  z.object({ refused: z.string() }),
]);

/** Sends a request to the supervisor and waits until it is done; one at a time. */
function order(supervisor: ChildProcess, wanted: ProcessOrder): Promise<void> {
  return new Promise((resolve, reject) => {
    supervisor.once('message', (received) => {
      const message = messageSchema.parse(received);
      if ('refused' in message) reject(new Error(message.refused));
      else resolve();
    });
    supervisor.send(wanted, (error) => error && reject(error));
  });
}

/** Reports the start of a stack until it is ready. */
function report(supervisor: ChildProcess, progress: Progress, logFile: string): Promise<Stack> {
  return new Promise((resolve, reject) => {
    supervisor.on('message', (received) => {
      const message = messageSchema.parse(received);
      if ('progress' in message) progress(message.progress);
      else if ('stack' in message) resolve(message.stack);
      else if ('failure' in message) reject(new Error(message.failure));
    });
    supervisor.once('error', reject);
    supervisor.once('exit', (code, signal) => {
      reject(new Error(`the stack's supervisor ended with ${signal ?? code}, see ${logFile}`));
    });
  });
}

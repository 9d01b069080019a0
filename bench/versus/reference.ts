import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeLoopbackPort } from '../../src/process/address';
import { type Child, startChild, waitFor } from '../../stack/child';
import type { Stack } from '../../stack/description';
import { stackFiles } from '../../stack/files';
import type { Site } from './site';

/** The original controller, running on a stack. */
export interface Reference {
  readonly pid: number;
  readonly apiUrl: string;
  /** Resolves once it answers requests about labs. */
  ready(): Promise<void>;
  /** Ends it; resolves when it has ended. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface ReferenceOptions {
  readonly stack: Stack;
  readonly site: Site;
  /** A Python interpreter that has it installed. */
  readonly python: string;
  readonly kubeconfig: string;
  /** That of an earlier process; a free one by default. */
  readonly port?: number;
}

/** How an environment with the original controller is made; the versions are those that were measured. */
export const REFERENCE_ADVICE = `It is installed from its source, release 15.1.0 (https://github.com/lsst-sqre/nublado), with Python 3.14:
  git clone --branch 15.1.0 https://github.com/lsst-sqre/nublado && cd nublado
  uv sync --frozen --no-dev        # makes .venv, with the versions of its lock file
  --reference-python $PWD/.venv/bin/python`;

/** @throws Error with advice when an interpreter does not have the original controller. */
export async function checkReference(python: string): Promise<string> {
  const script =
    'from importlib.metadata import version; import nublado.controller.main; print(version("nublado"))';
  try {
    return (await promisify(execFile)(python, ['-c', script])).stdout.trim();
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trimEnd().split('\n').at(-1) ?? '') : '';
    throw new Error(`${python} does not have the original controller: ${reason}\n${REFERENCE_ADVICE}`, {
      cause: error,
    });
  }
}

/** Starts the original controller with the configuration of a site. It ends with this process. */
export async function startReference(options: ReferenceOptions): Promise<Reference> {
  const { stack, site, python, kubeconfig } = options;
  const port = options.port ?? (await freeLoopbackPort());
  const child = startChild(
    {
      name: 'reference',
      command: python,
      args: [join(__dirname, 'serve_reference.py'), site.configFile, String(port)],
      environment: {
        KUBECONFIG: kubeconfig,
        SSL_CERT_FILE: site.certificateFile,
        REPERTOIRE_BASE_URL: stack.identity.discoveryUrl,
        EXTERNAL_INSTANCE_URL: stack.identity.proxyUrl,
        METRICS_APPLICATION: 'nublado',
        METRICS_ENABLED: 'false',
        NUBLADO_CONTROLLER_REPOSITORY: 'registry.example.com/nublado',
        NUBLADO_CONTROLLER_TAG: '15.1.0',
      },
    },
    { directory: site.directory, logFile: stackFiles(stack.directory).log('reference') },
  );
  const endWithThis = () => child.kill('SIGKILL');
  process.once('exit', endWithThis);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.onEnd(() => {
    process.removeListener('exit', endWithThis);
    resolve();
  });
  const apiUrl = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid,
    apiUrl,
    ready: () => untilReady(child, apiUrl),
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** A user without a lab is unknown once it knows all labs. */
function untilReady(child: Child, apiUrl: string): Promise<void> {
  const url = `${apiUrl}/nublado/spawner/v1/labs/without-lab`;
  return waitFor('reference', [child], async () => {
    const answer = await fetch(url, { headers: { 'x-auth-request-user': 'bot-jupyterhub' } });
    await answer.body?.cancel();
    return answer.status === 404;
  });
}

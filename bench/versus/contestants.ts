import { CONTROLLER_USER } from '../../stack/control-plane/credentials';
import type { RunningStack } from '../../stack/start';
import type { ClusterView } from '../cluster-view';
import { type Contender, controllerContender } from '../contender';
import { KINDS, type Kind, startControllers } from '../controllers';
import { createFloor } from '../floor';
import { LabClient } from '../lab-client';
import type { Pids } from '../meters';
import { startReference } from './reference';
import { referenceUser } from './reference-account';
import type { Site } from './site';
import { siteSecrets } from './site-secrets';

/** One who runs labs on the stack, while it is its turn. */
export interface Contestant {
  readonly name: string;
  /** Whom the API server knows it as. */
  readonly user: string;
  /** Starts it; resolves when it answers. */
  start(): Promise<RunningContestant>;
}

/** A contestant in its turn. */
export interface RunningContestant {
  readonly contender: Contender;
  /** Its own processes. */
  readonly pids: () => Pids;
  /** Absent for one that has no API. */
  readonly controller?: {
    readonly client: LabClient;
    /** Kills all its processes with SIGKILL and starts them again at once; resolves when they are ready. */
    restart(): Promise<void>;
  };
  stop(): Promise<void>;
}

/** This controller, as three processes, or as the one that does the work of all. */
export function ours(
  name: string,
  stack: RunningStack,
  site: Site,
  kinds: readonly Kind[] = KINDS,
): Contestant {
  return {
    name,
    user: CONTROLLER_USER,
    async start() {
      const controllers = await startControllers({
        stack,
        configFile: site.configFile,
        environmentOf: () => ({ NODE_EXTRA_CA_CERTS: site.certificateFile }),
        names: kinds,
      });
      const client = new LabClient(controllers.apiUrl);
      const contender = controllerContender(name, client);
      return {
        contender,
        pids: () => controllers.pids(),
        controller: {
          client,
          restart: async () => {
            await controllers.replaceAll();
          },
        },
        async stop() {
          await contender.close();
          await controllers.stop();
        },
      };
    },
  };
}

/** The original controller, by a Python interpreter that has it, with a kubeconfig of its own account. */
export function theReference(
  stack: RunningStack,
  site: Site,
  { python, kubeconfig }: { readonly python: string; readonly kubeconfig: string },
): Contestant {
  const name = 'reference';
  const options = { stack, site, python, kubeconfig };
  return {
    name,
    user: referenceUser(stack.kubernetes.controllerNamespace),
    async start() {
      let reference = await startReference(options);
      await reference.ready();
      const client = new LabClient(reference.apiUrl);
      const contender = controllerContender(name, client);
      return {
        contender,
        pids: () => ({ reference: reference.pid }),
        controller: {
          client,
          async restart() {
            await reference.kill('SIGKILL');
            reference = await startReference({ ...options, port: Number(new URL(reference.apiUrl).port) });
            await reference.ready();
          },
        },
        async stop() {
          await contender.close();
          await reference.kill('SIGTERM');
        },
      };
    },
  };
}

/** The objects of this controller by bare API requests. */
export function theFloor(stack: RunningStack, site: Site, view: ClusterView): Contestant {
  return {
    name: 'floor',
    user: CONTROLLER_USER,
    start: () => {
      const contender = createFloor(stack, view, site.configFile, 'serial', siteSecrets());
      return Promise.resolve({ contender, pids: () => ({}), stop: () => contender.close() });
    },
  };
}

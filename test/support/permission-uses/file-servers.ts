import { pino } from 'pino';
import type { RuleFile } from '../../../scripts/permissions/rules';
import { createFileServerActivities } from '../../../src/activities/file-server';
import type { FileServerRegister } from '../../../src/activities/file-server-register';
import { createFileServerReconcileActivities } from '../../../src/activities/reconcile-file-servers';
import type { Config } from '../../../src/config/config';
import type { FileServerTarget } from '../../../src/domain/file-server';
import { fileServerWorkflowId } from '../../../src/domain/file-server-key';
import type { KubernetesClient } from '../../../src/kubernetes/client';
import type { FileServerInput } from '../../../src/objects/file-server/input';
import { attempt } from '../../activities/attempt';
import { fileServerInput } from '../../objects/file-server-cases';
import { aSealedEnsureRequest } from '../sealed-file-server';
import { sealer } from '../sealing';
import { aUsername, once, type Surroundings, type Uses } from './uses';

/** The case whose file server needs a file's rules. */
const CASES: Partial<Record<RuleFile, string>> = {
  'file-server-ingress-rules.yaml': 'ingress',
  'file-server-httproute-rules.yaml': 'http-route',
};

/** No workflow is open, and any may be started. */
const register: FileServerRegister = {
  list: async () => [],
  isOpen: async () => false,
  adopt: async () => true,
  verify: async () => false,
};

/** Uses of users' file servers. */
export function fileServerUses({ admin, places: { files } }: Surroundings): Uses {
  const inputFor = (file: RuleFile): FileServerInput => {
    const { config, user, ...rest } = fileServerInput(CASES[file] ?? 'everything');
    const { fileserver } = config;
    const here = { ...fileserver, namespace: files[fileserver.ingress.type] };
    return { ...rest, config: { ...config, fileserver: here }, user: { ...user, username: aUsername() } };
  };

  const activitiesOf = (kubernetes: KubernetesClient, { config }: FileServerInput) =>
    createFileServerActivities({ kubernetes, sealer, configurations: { of: () => config as Config } });

  const create = async (kubernetes: KubernetesClient, input: FileServerInput): Promise<FileServerTarget> => {
    const request = aSealedEnsureRequest(input);
    const { username } = input.user;
    await attempt(
      () => activitiesOf(kubernetes, input).createFileServer({ ...request, told: null }),
      fileServerWorkflowId(username),
    );
    const { namespace, routing } = request.plan;
    return { username, namespace, routing, operationId: request.operationId, uids: {} };
  };

  return {
    async createFileServer({ kubernetes }, { file }) {
      await create(kubernetes, inputFor(file));
    },

    async readFileServer({ kubernetes }, { file }) {
      const input = inputFor(file);
      const target = await create(admin, input);
      const { job } = await attempt(() => activitiesOf(kubernetes, input).readFileServer(target));
      expect(job).not.toBeNull();
    },

    async removeFileServer({ kubernetes }, { file }) {
      const input = inputFor(file);
      const target = { ...(await create(admin, input)), isForced: false, told: null };
      const activities = activitiesOf(kubernetes, input);
      const workflowId = fileServerWorkflowId(target.username);
      await once(() => attempt(() => activities.removeFileServer(target), workflowId));
    },

    async reconcileFileServers({ kubernetes }, { file }) {
      const input = inputFor(file);
      const { username } = await create(admin, input);
      const adopted: string[] = [];
      const activities = createFileServerReconcileActivities({
        config: () => {
          const { fileserver, timeouts } = input.config as Config;
          return { fileserver, timeouts: { ...timeouts, reconcileGraceMs: 0 } };
        },
        kubernetes,
        register: {
          ...register,
          adopt: async (adoption) => {
            adopted.push(adoption.username);
            return true;
          },
        },
        logger: pino({ enabled: false }),
        onDecision: () => undefined,
      });
      await attempt(() => activities.reconcileFileServers());
      expect(adopted).toContain(username);
    },
  };
}

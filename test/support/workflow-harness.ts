import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Interceptor } from '@grpc/grpc-js';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { FileServerActivities } from '../../src/activities/file-server';
import type { HubActivities } from '../../src/activities/hub';
import type { LabActivities } from '../../src/activities/lab';
import type { FileServerTimeouts } from '../../src/domain/file-server';
import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import { labWorkflowId } from '../../src/domain/lab-key';
import { hubTaskQueue } from '../../src/workflow-clients/names';
import type { LabTimeouts } from '../../src/workflows/lab/messages';
import { aProof } from './builders';
import { type ClusterStep, FakeCluster } from './fake-cluster';
import { FakeFileServerCluster } from './fake-file-server';
import { FakeFsadminCluster } from './fake-fsadmin-cluster';
import { FakeHub } from './fake-hub';
import { FileServerUnderTest } from './file-server-under-test';
import { LabUnderTest } from './lab-under-test';
import { quietenRuntime } from './quiet-runtime';
import { restartableWorker } from './restartable-worker';
import { theStack } from './stack';
import { connectToTemporal } from './temporal-connection';
import { workflowBundle } from './workflow-bundle';

/** A worker for the real workflows, on its own task queue, whose activities act on fake clusters. */
export interface WorkflowHarness {
  readonly client: Client;
  readonly taskQueue: string;
  /** A lab of a new user, not yet started, with its own cluster. */
  readonly aLab: (timeouts?: Partial<LabTimeouts>) => LabUnderTest;
  /** A file server of a new user, not yet started, with its own cluster. */
  readonly aFileServer: (timeouts?: Partial<FileServerTimeouts>) => FileServerUnderTest;
  /** The cluster of workflows for file system administration. */
  readonly fsadmin: FakeFsadminCluster;
  /** Stops the worker; messages that are sent meanwhile wait for `startWorker`. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Terminates open workflows and stops everything. */
  close(): Promise<void>;
}

/** Connects to the stack and starts the worker. */
export async function startWorkflowHarness(
  interceptors: readonly Interceptor[] = [],
): Promise<WorkflowHarness> {
  quietenRuntime();
  const { address, namespace } = theStack().temporal;
  const suffix = randomBytes(4).toString('hex');
  const taskQueue = `workflows-${suffix}`;
  const connection = await connectToTemporal(address, interceptors);
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace });
  const labs = new Map<string, LabUnderTest>();
  const servers = new Map<string, FileServerUnderTest>();
  const serverOf = (username: string): FileServerUnderTest => {
    const server = servers.get(username);
    if (!server) throw new Error(`no test has a file server of ${username}`);
    return server;
  };
  const fsadmin = new FakeFsadminCluster();
  const labOf = (username: string): LabUnderTest => {
    const lab = labs.get(username);
    if (!lab) throw new Error(`no test has a lab of ${username}`);
    return lab;
  };
  const worker = await restartableWorker({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities: {
      ...labActivitiesOn((username) => labOf(username).cluster),
      ...fileServerActivitiesOn((username) => serverOf(username).cluster),
      ...fsadmin.activities,
    },
  });
  const hubWorker = await restartableWorker({
    connection: native,
    namespace,
    taskQueue: hubTaskQueue(taskQueue),
    activities: { tellHub: (exit) => labOf(exit.username).hub.tell(exit) } satisfies HubActivities,
  });
  return {
    client,
    taskQueue,
    fsadmin,
    aLab(timeouts) {
      const username = `${suffix}-${labs.size + 1}`;
      const cluster = new FakeCluster();
      const hub = new FakeHub();
      const lab = new LabUnderTest({ client, taskQueue, username, cluster, hub, timeouts });
      labs.set(username, lab);
      return lab;
    },
    aFileServer(timeouts) {
      const username = `${suffix}-fs-${servers.size + 1}`;
      const cluster = new FakeFileServerCluster();
      const server = new FileServerUnderTest({
        client,
        taskQueue,
        username,
        cluster,
        ...(timeouts && { timeouts }),
      });
      servers.set(username, server);
      return server;
    },
    stopWorker: () => worker.stop(),
    startWorker: () => worker.start(),
    async close() {
      const ids = [...[...labs.keys()].map(labWorkflowId), ...[...servers.keys()].map(fileServerWorkflowId)];
      const handles = ids.map((workflowId) => client.workflow.getHandle(workflowId));
      await Promise.all(handles.map((handle) => handle.terminate().catch(() => undefined)));
      await worker.stop();
      await hubWorker.stop();
      await native.close();
      await connection.close();
    },
  };
}

/** The activities of file servers, each on the cluster of its user. */
export function fileServerActivitiesOn(
  clusterOf: (username: string) => FakeFileServerCluster,
): FileServerActivities {
  const of = ({ username }: { readonly username: string }) => clusterOf(username).activities;
  return {
    createFileServer: (request) => of(request.plan.user).createFileServer(request),
    readFileServer: (target) => of(target).readFileServer(target),
    isFileServerUp: (target) => of(target).isFileServerUp(target),
    removeFileServer: (target) => of(target).removeFileServer(target),
    removeObject: (object) => of(object).removeObject(object),
  };
}

/** The activities of labs, each on the cluster of its user. */
export function labActivitiesOn(clusterOf: (username: string) => FakeCluster): LabActivities {
  const asked = (username: string, step: ClusterStep, namespace: string): FakeCluster => {
    const cluster = clusterOf(username);
    cluster.asked.push([step, namespace]);
    return cluster;
  };
  return {
    isAddressProven: async ({ address }) => isDeepStrictEqual(address.proof, aProof(address.podIp)),
    async createLabObjects({ operationId, plan, told }) {
      const { username } = plan.user;
      // What a test holds up takes longer than the first attempt may, within the workflow task.
      if (Context.current().info.isLocal && clusterOf(username).isHeld('create'))
        throw new Error('Timed out');
      return asked(username, 'create', plan.namespace).create(operationId, told);
    },
    readPod: ({ username, namespace }) => asked(username, 'read', namespace).read(),
    deletePod: ({ graceMs, ...target }) =>
      asked(target.username, 'delete', target.namespace).delete(graceMs === 0, target),
    deleteNamespace: ({ told, ...target }) =>
      asked(target.username, 'deleteNamespace', target.namespace).deleteNamespace(target, told),
  };
}

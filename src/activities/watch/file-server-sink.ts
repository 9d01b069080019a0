import type { V1Pod } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { fileServerWorkflowId } from '../../domain/file-server-key';
import type { PodNews } from '../../domain/pod-change';
import { fileServerUsername } from '../../objects/reading/labels';
import { observePod } from '../../objects/reading/pod';
import { signalIfOpen } from '../../temporal/calls';
import { podNews } from '../../workflows/fileserver/messages';
import type { WatchedKind } from './kinds';
import { UserPodSink } from './user-pod-sink';

/** Signals a file server's workflow. A missing workflow is not an error. */
export type FileServerSender = (username: string, news: PodNews) => Promise<void>;

/** Signals through a Temporal client. A pod may exist for a moment after its workflow, or belong to none. */
export function createFileServerSender(client: Client): FileServerSender {
  return (username, news) => signalIfOpen(client, fileServerWorkflowId(username), podNews, news);
}

export interface FileServerKindOptions {
  /** The namespace of file servers by the present configuration; null while they are disabled. */
  readonly namespace: () => string | null;
  readonly send: FileServerSender;
  readonly logger: Logger;
}

const observe = (_username: string, pod: V1Pod) => observePod(pod);

/** File servers: each workflow gets the changes of its pod, and the events about the pod while it starts. */
export function fileServerKind({ namespace, send, logger }: FileServerKindOptions): WatchedKind {
  const category = 'fileserver';
  const usernameOf = (pod: V1Pod): string | null =>
    pod.metadata?.namespace === namespace() ? fileServerUsername(pod) : null;
  return { category, openSink: () => new UserPodSink({ category, usernameOf, observe, send, logger }) };
}

import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { labWorkflowId } from '../../domain/lab-key';
import type { PodNews } from '../../domain/pod-change';
import { podUsername } from '../../objects/reading/labels';
import { signalIfOpen } from '../../temporal/calls';
import { podNews } from '../../workflows/lab/messages';
import type { LabObserver } from '../lab-observer';
import type { WatchedKind } from './kinds';
import { UserPodSink } from './user-pod-sink';

/** Signals a lab's workflow. A missing workflow is not an error. */
export type LabSender = (username: string, news: PodNews) => Promise<void>;

/** Signals through a Temporal client. A pod may exist for a moment after its lab's workflow, or belong to none. */
export function createLabSender(client: Client): LabSender {
  return (username, news) => signalIfOpen(client, labWorkflowId(username), podNews, news);
}

export interface LabKindOptions {
  readonly observer: Pick<LabObserver, 'observe'>;
  readonly send: LabSender;
  readonly logger: Logger;
}

/** Labs: each workflow gets the changes of its pod, and the events about the pod while it starts. */
export function labKind({ observer, send, logger }: LabKindOptions): WatchedKind {
  const category = 'lab';
  const observe: LabObserver['observe'] = (username, pod) => observer.observe(username, pod);
  return {
    category,
    openSink: () => new UserPodSink({ category, usernameOf: podUsername, observe, send, logger }),
  };
}

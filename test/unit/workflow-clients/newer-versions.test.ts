import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { decodeCatalogue, readCatalogue } from '../../../src/workflow-clients/catalogue';
import {
  decodeLab,
  decodeLabImage,
  decodeListedLab,
  decodePastLabs,
} from '../../../src/workflow-clients/lab/memo';
import { WorkflowHistoryDecoder } from '../../../src/workflow-clients/lab/run-follower';
import { readPulled } from '../../../src/workflow-clients/prepull';
import { readReconciliation } from '../../../src/workflow-clients/reconciliation-record';
import { aDataConverter, aSignal } from '../../support/raw-history';
import { sealer } from '../../support/sealing';

const DOCUMENTS = join(__dirname, '../../data/newer-version');

const read = (name: string) => JSON.parse(readFileSync(join(DOCUMENTS, name), 'utf8'));

/** A client of a server whose workflows all have this memo. */
function clientWith(memo: unknown): Client {
  const description = { memo, runId: 'run', status: { name: 'RUNNING' } };
  return { workflow: { getHandle: () => ({ describe: async () => description }) } } as unknown as Client;
}

interface Case {
  readonly document: string;
  /** What reads it, and what that makes of it. */
  readonly reader: string;
  readonly read: (document: never) => unknown;
  readonly expected: unknown;
}

const END = {
  at: '2099-10-23T09:47:00.000Z',
  outcome: 'unknown',
  by: 'scheduler',
  name: null,
  reason: 'IdleTooLong',
  message: 'Idle for 8 h.',
};

/** Every reader of what another process of the controller has written, with a document of a newer version. */
const CASES: readonly Case[] = [
  {
    document: 'lab.json',
    reader: 'a lab is in transition, with the codes that it was given',
    read: decodeLab,
    expected: {
      user: {
        username: 'rachel',
        name: 'Rachel',
        uid: 1101,
        gid: 1101,
        groups: [{ name: 'rachel', id: 1101 }],
      },
      options: {
        image: 'registry.test/sketchbook:w_2099_01@sha256:1234',
        size: 'custom',
        enableDebug: false,
        resetUserEnv: false,
      },
      namespace: 'nublado-rachel',
      status: 'pending',
      unknownStatus: 'hibernating',
      internalUrl: null,
      address: undefined,
      resources: { limits: { cpu: 1, memory: 1024 }, requests: { cpu: 1, memory: 1024 } },
      quota: { cpu: 4, memory: 4096 },
      failure: { reason: 'GpuUnavailable', message: 'No node has a free GPU.' },
      obstacle: undefined,
      operation: { id: '0123456789abcdef0123', kind: 'spawn', isAdopted: undefined },
      hubTokenDigest: undefined,
      deleteTimeoutMs: undefined,
      since: '2099-10-23T09:47:00.000Z',
      startedAt: '2099-10-23T08:00:00.000Z',
      end: END,
    },
  },
  {
    document: 'lab.json',
    reader: 'a list has the lab',
    read: decodeListedLab,
    expected: {
      username: 'rachel',
      namespace: 'nublado-rachel',
      status: 'pending',
      unknownStatus: 'hibernating',
      since: '2099-10-23T09:47:00.000Z',
      operation: { id: '0123456789abcdef0123', kind: 'spawn' },
    },
  },
  {
    document: 'lab.json',
    reader: 'the image of the lab is known to be in use',
    read: decodeLabImage,
    expected: { username: 'rachel', image: 'registry.test/sketchbook:w_2099_01@sha256:1234' },
  },
  {
    document: 'lab.json',
    reader: 'past labs that can be read are listed',
    read: decodePastLabs,
    expected: [
      {
        startedAt: '2099-10-22T08:00:00.000Z',
        image: 'registry.test/sketchbook:w_2098_52',
        size: 'custom',
        end: { ...END, at: '2099-10-22T09:00:00.000Z', message: null },
      },
    ],
  },
  {
    document: 'catalogue.json',
    reader: 'a catalogue of another form is refused, so that the one last read stays',
    read: (document) => {
      const data = gzipSync(JSON.stringify(document)).toString('base64');
      return thrownBy(() => decodeCatalogue({ id: 'newer', data })) !== null;
    },
    expected: true,
  },
  {
    document: 'catalogue-memo.json',
    reader: 'a memo of another form holds no catalogue',
    read: (memo) => readCatalogue(clientWith(memo)),
    expected: { published: null, refreshedAt: null, failure: null },
  },
  {
    document: 'prepull-memo.json',
    reader: 'of pulled images those count that can be read',
    read: (memo) => readPulled(clientWith(memo), null),
    expected: [{ node: 'n1', digest: 'sha256:1' }],
  },
  {
    document: 'prepull-memo-by-node.json',
    reader: 'pulled images in another form are none',
    read: (memo) => readPulled(clientWith(memo), null),
    expected: [],
  },
  {
    document: 'reconciliation-memo.json',
    reader: 'labs are reconciled',
    read: (memo) => readReconciliation(clientWith(memo)),
    expected: { runId: 'run', unsettled: ['lise'] },
  },
  {
    document: 'reconciliation-memo-of-objects.json',
    reader: 'labs do not count as reconciled, so that no user is reported to have none',
    read: (memo) => readReconciliation(clientWith(memo)),
    expected: null,
  },
  {
    document: 'sealed.json',
    reader: 'a sealed value is not known yet, which is tried again, rather than refused',
    read: (sealed) => {
      const error = thrownBy(() => sealer.open(sealed, { configuration: 'any' }));
      return { name: error?.name, message: error?.message };
    },
    expected: {
      name: 'Error',
      message: 'sealed values of version 2 are not known; configuration any needs them',
    },
  },
  {
    document: 'pod-news.json',
    reader: 'of news of a pod those events are shown that can be read',
    read: (news) => new WorkflowHistoryDecoder(aDataConverter).decode([aSignal('podNews', news)]),
    expected: [
      {
        kind: 'podEvents',
        at: '1970-01-01T00:00:00.000Z',
        events: [
          {
            podUid: 'u1',
            type: 'Normal',
            reason: 'GpuLost',
            message: 'The GPU fell off',
            time: '2099-10-23T09:47:00.000Z',
          },
          {
            podUid: 'u1',
            type: 'Normal',
            reason: 'Pulled',
            message: 'Pulled',
            time: '2099-10-23T09:48:00.000Z',
          },
        ],
      },
    ],
  },
];

test.each(CASES)('of $document of a newer version: $reader', async ({ document, read: reader, expected }) => {
  expect(await reader(read(document) as never)).toEqual(expected);
});

test('every document of a newer version has a reader', () => {
  expect([...new Set(CASES.map(({ document }) => document))].toSorted()).toEqual(
    readdirSync(DOCUMENTS).toSorted(),
  );
});

function thrownBy(work: () => unknown): Error | null {
  try {
    work();
    return null;
  } catch (error) {
    return error as Error;
  }
}

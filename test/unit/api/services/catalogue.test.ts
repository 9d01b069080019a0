import { gzipSync } from 'node:zlib';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import { createCatalogueReader } from '../../../../src/api/services/images';
import type { PulledImage } from '../../../../src/domain/prepull';
import { encodeCatalogue } from '../../../../src/workflow-clients/catalogue';
import { aCatalogue, aNode } from '../../../support/image-catalogue';

const REFRESHED_AT = '2077-10-23T09:47:00.000Z';
const CATALOGUE = aCatalogue({ recommended: 'sha256:2' }, [aNode('node-1'), aNode('node-2', ['sha256:2'])]);

interface Described {
  readonly memo?: Record<string, unknown>;
  readonly closeTime?: Date;
}

/** What Temporal tells of workflows by their ID; an error for all of them while it is away. */
let workflows: Map<string, Described> | Error;
let asked: string[];
let deadlines: number[];
let read: ReturnType<typeof createCatalogueReader>;
let logged: string[];
const logger = pino({}, { write: (line: string) => void logged.push(line) });

const client = {
  connection: {
    withDeadline: (deadline: number, calls: () => Promise<unknown>) => {
      deadlines.push(deadline - Date.now());
      return calls();
    },
  },
  workflow: {
    getHandle: (id: string) => ({
      async describe() {
        asked.push(id);
        if (workflows instanceof Error) throw workflows;
        const described = workflows.get(id);
        if (!described) throw new WorkflowNotFoundError('not found', id, undefined);
        return described;
      },
    }),
  },
} as unknown as Client;

function publish(catalogue = CATALOGUE): void {
  const freshness = { refreshedAt: REFRESHED_AT, failure: null };
  workflows = new Map([['image-catalogue', { memo: { catalogue: encodeCatalogue(catalogue), freshness } }]]);
}

function publishPulled(pulled: readonly PulledImage[], closeTime?: string): void {
  if (workflows instanceof Error) throw workflows;
  workflows.set('prepull', { memo: { pulled }, ...(closeTime ? { closeTime: new Date(closeTime) } : {}) });
}

const digestsOf = async () => (await read()).nodes.map(({ digests }) => digests.join());

beforeEach(() => {
  jest.useFakeTimers();
  asked = [];
  deadlines = [];
  workflows = new Map();
  logged = [];
  read = createCatalogueReader(client, logger);
});

afterEach(() => jest.useRealTimers());

test('all requests of two seconds share one question, and get the same object as long as it is the same', async () => {
  publish();
  const [first, second] = await Promise.all([read(), read()]);
  jest.advanceTimersByTime(1_999);
  expect(await read()).toBe(first);
  expect(second).toBe(first);
  expect(first).toEqual(CATALOGUE);
  expect(asked).toEqual(['image-catalogue', 'prepull']);
  jest.advanceTimersByTime(1);

  expect(await read()).toBe(first);
  expect(asked).toHaveLength(4);
});

test('what is published anew is seen after two seconds at most', async () => {
  publish();
  await read();
  publish(aCatalogue({ recommended: 'sha256:7' }));
  jest.advanceTimersByTime(2_000);

  expect((await read()).tags).toMatchObject([{ digest: 'sha256:7' }]);
});

test('nothing is known before a refresh has ended', async () => {
  await expect(read()).rejects.toMatchObject({
    code: 'images_unavailable',
    message: 'Nothing is known of images yet: no refresh has ended yet',
  });
});

test('a missing catalogue is not cached: the first one is offered at once', async () => {
  await expect(read()).rejects.toMatchObject({ code: 'images_unavailable' });
  publish();

  expect(await read()).toEqual(CATALOGUE);
});

test('there is no catalogue before a refresh has succeeded, and the error has the latest failure', async () => {
  const freshness = { refreshedAt: null, failure: 'the registry is away' };
  workflows = new Map([['image-catalogue', { memo: { freshness } }]]);

  await expect(read()).rejects.toMatchObject({
    code: 'images_unavailable',
    message: 'Nothing is known of images yet: the registry is away',
  });
});

test('while Temporal is unavailable, the catalogue last read is used, without a long wait', async () => {
  publish();
  const known = await read();
  workflows = new Error('away');
  jest.advanceTimersByTime(60_000);

  expect(await read()).toBe(known);
  expect(await read()).toBe(known);
  expect(logged).toHaveLength(1);
  expect(deadlines.slice(0, 2)).toEqual([10_000, 2_000]);
});

/** A catalogue as a newer version could publish it. */
function publishNewer(): void {
  const data = gzipSync(JSON.stringify({ version: 2 })).toString('base64');
  const freshness = { refreshedAt: REFRESHED_AT, failure: null };
  workflows = new Map([['image-catalogue', { memo: { catalogue: { id: 'newer', data }, freshness } }]]);
}

test('a catalogue of a newer version is none that can be offered yet', async () => {
  publishNewer();

  await expect(read()).rejects.toMatchObject({
    code: 'images_unavailable',
    message: 'What is known of images cannot be read by this version of the controller',
  });
});

test('while a newer version publishes the catalogue, the one last read counts', async () => {
  publish();
  const known = await read();
  publishNewer();
  jest.advanceTimersByTime(60_000);

  expect(await read()).toBe(known);
  expect(logged).toHaveLength(1);
});

test('while Temporal is unavailable and nothing was ever read, the failure is thrown', async () => {
  workflows = new Error('away');

  await expect(read()).rejects.toThrow('away');
});

describe('an image that a node has got since the refresh', () => {
  beforeEach(() => publish());

  test('an image that a node has got since the refresh is on that node at once', async () => {
    await read();
    publishPulled([{ node: 'node-1', digest: 'sha256:2' }]);
    jest.advanceTimersByTime(2_000);

    expect(await digestsOf()).toEqual(['sha256:2', 'sha256:2']);
  });

  test('an image that a node has got since the refresh stays there when prepulling has ended so late that the refresh may not have it', async () => {
    publishPulled([{ node: 'node-1', digest: 'sha256:2' }], '2077-10-23T09:46:01Z');

    expect(await digestsOf()).toEqual(['sha256:2', 'sha256:2']);
  });

  test('an image that a node has got since the refresh is taken from the nodes when they were read a minute after prepulling had ended', async () => {
    publishPulled([{ node: 'node-1', digest: 'sha256:2' }], '2077-10-23T09:45:59Z');

    expect(await digestsOf()).toEqual(['', 'sha256:2']);
  });

  test('an image that a node has got since the refresh is nowhere when the node has gone', async () => {
    publishPulled([{ node: 'gone', digest: 'sha256:2' }]);

    expect(await digestsOf()).toEqual(['', 'sha256:2']);
  });

  test('an image that a node has got since the refresh is not known before prepulling has published anything', async () => {
    if (workflows instanceof Map) workflows.set('prepull', {});

    expect(await digestsOf()).toEqual(['', 'sha256:2']);
  });
});

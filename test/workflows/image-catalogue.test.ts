import {
  type CatalogueState,
  encodeCatalogue,
  publishCatalogue,
  readCatalogue,
  restoreCatalogue,
} from '../../src/workflow-clients/catalogue';
import { CATALOGUE_WORKFLOW_ID } from '../../src/workflow-clients/names';
import type { CatalogueRefresh } from '../../src/workflows/image-catalogue/messages';
import { eventually } from '../support/eventually';
import { aCatalogue } from '../support/image-catalogue';
import type { OwnNamespace } from '../support/own-namespace';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';

const ONE = encodeCatalogue(aCatalogue({ recommended: 'sha256:1' }));
const OTHER = encodeCatalogue(aCatalogue({ recommended: 'sha256:2' }));

/** As a refresh publishes it, at this minute. */
const refreshed = (minute: number, catalogue: CatalogueRefresh['catalogue'] = null): CatalogueRefresh => ({
  catalogue,
  refreshedAt: instant(minute),
  failure: null,
});

const failed = (failure: string): CatalogueRefresh => ({ catalogue: null, refreshedAt: null, failure });
const instant = (minute: number) => `2077-10-23T09:0${minute}:00.000Z`;

let workflows: OwnWorkflows;
let temporal: OwnNamespace;

/** The workflow has the same ID everywhere, so each test has a Temporal namespace of its own. */
beforeEach(async () => {
  workflows = await startOwnWorkflows();
  temporal = workflows.temporal;
});

afterEach(() => workflows.close());

const handle = () => temporal.client.workflow.getHandle(CATALOGUE_WORKFLOW_ID);

const publish = async (refresh: CatalogueRefresh) =>
  publishCatalogue(temporal.client, refresh, await readCatalogue(temporal.client));

const untilRead = (isReached: (state: CatalogueState) => boolean) =>
  eventually(() => readCatalogue(temporal.client), isReached);

test('what refreshes publish is read without a worker; a failure leaves it as it was and publishes the reason', async () => {
  expect(await readCatalogue(temporal.client)).toEqual({ published: null, refreshedAt: null, failure: null });
  await publish(refreshed(1, ONE));
  await untilRead(({ published }) => published?.id === ONE.id);
  await publish(failed('the registry is away'));
  await untilRead(({ failure }) => failure !== null);
  await workflows.worker.stop();

  expect(await readCatalogue(temporal.client)).toEqual({
    published: ONE,
    refreshedAt: instant(1),
    failure: 'the registry is away',
  });
});

test('a refresh without changes only publishes its time', async () => {
  await publish(refreshed(1, ONE));
  await publish(failed('the registry is away'));
  await publish(refreshed(2));
  await untilRead(({ refreshedAt }) => refreshedAt === instant(2));

  expect(await readCatalogue(temporal.client)).toEqual({
    published: ONE,
    refreshedAt: instant(2),
    failure: null,
  });
  await publish(refreshed(3, OTHER));
  await untilRead(({ published }) => published?.id === OTHER.id);
  workflows.record('image-catalogue', CATALOGUE_WORKFLOW_ID);
});

test('a first refresh that fails publishes the reason', async () => {
  await publish(failed('the registry is away'));
  await untilRead(({ failure }) => failure !== null);

  expect(await readCatalogue(temporal.client)).toEqual({
    published: null,
    refreshedAt: null,
    failure: 'the registry is away',
  });
});

test('with a long history it continues as new and forgets nothing', async () => {
  await publish(refreshed(1, ONE));
  await untilRead(({ published }) => published !== null);
  const { runId } = await handle().describe();
  // Temporal suggests it at 4 MiB, counted without what came during the last workflow task. What happens next makes
  // the workflow look.
  const padding = 'x'.repeat(1_500_000);
  for (const minute of [2, 3, 4]) {
    await handle().signal('catalogueRefreshed', { ...refreshed(minute), padding });
  }
  await eventually(
    async () => {
      await publish(refreshed(4));
      return await handle().describe();
    },
    (description) => description.runId !== runId,
  );

  expect(await readCatalogue(temporal.client)).toEqual({
    published: ONE,
    refreshedAt: instant(4),
    failure: null,
  });
  await publish(failed('the registry is away'));
  expect(await untilRead(({ failure }) => failure !== null)).toMatchObject({
    published: ONE,
    refreshedAt: instant(4),
  });
  workflows.record('image-catalogue-continued-as-new', CATALOGUE_WORKFLOW_ID);
});

test.each([
  ['nothing new', refreshed(2), { refreshedAt: instant(2), failure: null }],
  ['nothing, since it failed', failed('away'), { refreshedAt: instant(1), failure: 'away' }],
])(
  'when it was terminated, what it knew is read, and known to its successor after a refresh that found %s',
  async (...[, refresh, freshness]) => {
    await publish(refreshed(1, ONE));
    await untilRead(({ published }) => published !== null);
    await handle().terminate();
    expect(await readCatalogue(temporal.client)).toMatchObject({ published: ONE, refreshedAt: instant(1) });
    await publish(refresh);
    await eventually(
      () => handle().describe(),
      ({ status }) => status.name === 'RUNNING',
    );

    expect(
      await untilRead(({ failure, refreshedAt }) => failure !== null || refreshedAt !== instant(1)),
    ).toEqual({
      published: ONE,
      ...freshness,
    });
  },
);

test('when it was terminated, it is started again with all that its memo held, once', async () => {
  expect(await restoreCatalogue(temporal.client)).toBe('unknown');
  await publish(refreshed(1, ONE));
  await publish(failed('the registry is away'));
  const before = await untilRead(({ failure }) => failure !== null);
  expect(await restoreCatalogue(temporal.client)).toBe('open');
  await handle().terminate();
  const found = await Promise.all([restoreCatalogue(temporal.client), restoreCatalogue(temporal.client)]);

  expect(found).toContain('restored');
  expect((await handle().describe()).status.name).toBe('RUNNING');
  expect(await readCatalogue(temporal.client)).toEqual(before);
  await publish(refreshed(2));
  expect(await untilRead(({ refreshedAt }) => refreshedAt === instant(2))).toMatchObject({ published: ONE });
});

import { createSecretKey, randomBytes } from 'node:crypto';
import { createSpawnContext } from '../../../../src/api/services/plan';
import { configVersion } from '../../../../src/config/config';
import { sealingKeys } from '../../../../src/sealing/keys';
import { createSealer } from '../../../../src/sealing/sealer';
import { openConfiguration } from '../../../../src/sealing/spawn';
import { aDocument, ENVIRONMENT } from '../../config/sample-documents';
import { LAB_TERMS } from '../fakes';

const sealer = createSealer(sealingKeys([{ id: 'test', key: createSecretKey(randomBytes(32)) }]));

const aVersion = (logLevel: string) =>
  configVersion(JSON.stringify(aDocument({ logLevel })), ENVIRONMENT, () => `0123456789-${logLevel}`);

/** The hub as it was configured at the start. */
const HUB = {
  apiUrl: 'http://hub.test/hub/api',
  tokenPath: '/token',
  notifyExit: true,
  aggregateActivity: false,
  activityUrl: null,
  activityUpdateIntervalMs: 60_000,
  timeoutMs: 10_000,
};

test('terms are made once per version of the configuration, and anew with the next', () => {
  const [first, second] = [aVersion('INFO'), aVersion('DEBUG')];
  let current = first;
  const made: unknown[] = [];
  const terms = createSpawnContext({
    current: () => current,
    sealer,
    hub: HUB,
    imagesOf: (config) => {
      made.push(config);
      return { ...LAB_TERMS.images };
    },
  });
  const before = terms();
  expect(terms()).toBe(before);
  expect(before.settings).toEqual({ ...first.config, hub: HUB });
  current = second;
  const after = terms();

  expect(terms()).toBe(after);
  expect(after.settings).toEqual({ ...second.config, hub: HUB });
  expect(after.images).not.toBe(before.images);
  expect(made).toEqual([first.config, second.config]);
});

test('the version goes with the spawn, sealed, as a worker can open it', () => {
  const version = aVersion('INFO');
  const { configuration } = createSpawnContext({
    current: () => version,
    sealer,
    hub: null,
    imagesOf: () => LAB_TERMS.images,
  })();

  expect(JSON.stringify(configuration)).not.toContain('sketchbook');
  expect(openConfiguration(configuration, sealer)).toEqual({
    id: version.id,
    text: JSON.stringify(version.source),
  });
});

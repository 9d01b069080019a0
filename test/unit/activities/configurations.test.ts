import { createSecretKey } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createConfigurations } from '../../../src/activities/configurations';
import { createSpawnContext } from '../../../src/api/services/plan';
import { type Config, type ConfigVersion, configVersion } from '../../../src/config/config';
import type { SealedConfiguration } from '../../../src/domain/lab-plan';
import { createSealer, type Sealer } from '../../../src/sealing/sealer';
import { silence } from '../../support/quiet-runtime';
import { LAB_TERMS } from '../api/fakes';
import { aLab, ENVIRONMENT } from '../config/sample-documents';

const key = { id: '1', key: createSecretKey(Buffer.alloc(32, 1)) };
const sealer: Sealer = createSealer({ newest: key, byId: new Map([[key.id, key]]) });

/** A version with this prefix of namespaces, and a confidential variable. */
function aVersion(namespacePrefix: string): ConfigVersion {
  const images = { source: { type: 'static', images: [{ name: 'A', reference: 'quay.io/x/y:1' }] } };
  const lab = aLab({ namespacePrefix, env: { PLAIN: 'value-of-plain' } });
  return configVersion(JSON.stringify({ lab, images }), ENVIRONMENT, sealer.fingerprint);
}

const termsUnder = (current: () => ConfigVersion) =>
  createSpawnContext({ current, hub: null, sealer, imagesOf: () => LAB_TERMS.images });

/** What a spawn brings that is accepted under a version. */
const accepted = (version: ConfigVersion) => termsUnder(() => version)().configuration;

/** Runs as an activity does. */
const inActivity = <Result>(act: () => Result): Promise<Result> =>
  new MockActivityEnvironment({}, { logger: silence }).run(async () => act());

const opened = (
  current: ConfigVersion,
  sealed: SealedConfiguration,
  using: Pick<Sealer, 'open'> = sealer,
): Promise<Config> => inActivity(() => createConfigurations(() => current, using).of(sealed));

test('a spawn is built as it was accepted, also by a worker that has only a later configuration', async () => {
  const config = await opened(aVersion('new'), accepted(aVersion('old')));
  expect(config.lab.namespacePrefix).toBe('old');
  expect(config.repertoireBaseUrl).toBe(ENVIRONMENT.REPERTOIRE_BASE_URL);
  expect(config.supportImage.tag).toBe('15.1.0');
});

test('the version in force is not even opened', async () => {
  const version = aVersion('lab');
  const shut = {
    open: () => {
      throw new Error('opened');
    },
  };
  expect(await opened(version, accepted(version), shut)).toBe(version.config);
});

test('an earlier version is opened once', async () => {
  let opens = 0;
  const counting: Pick<Sealer, 'open'> = {
    open(sealed, context) {
      opens += 1;
      return sealer.open(sealed, context);
    },
  };
  const [old, now] = [accepted(aVersion('old')), aVersion('new')];
  await inActivity(() => {
    const configurations = createConfigurations(() => now, counting);
    expect(configurations.of(old)).toBe(configurations.of(old));
  });
  expect(opens).toBe(1);
});

test('a version that this release cannot read gives way to the one in force', async () => {
  const now = aVersion('new');
  const foreign = { ...aVersion('old'), source: { text: 'colour: red', environment: {} } };
  expect(await opened(now, accepted(foreign))).toBe(now.config);
});

test('a version opens only under its own name, and nothing of it can be read before', async () => {
  const sealed = accepted(aVersion('old'));
  await expect(opened(aVersion('new'), { ...sealed, id: 'other' })).rejects.toThrow(
    /does not open for configuration other/,
  );
  const everything =
    Buffer.from(sealed.source.ciphertext, 'base64').toString('latin1') + JSON.stringify(sealed);
  expect(everything).not.toContain('value-of-plain');
});

test('terms are made once for each version', () => {
  let version = aVersion('old');
  const terms = termsUnder(() => version);
  expect(terms()).toBe(terms());
  version = aVersion('new');
  expect(terms().settings.lab.namespacePrefix).toBe('new');
});

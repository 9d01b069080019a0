import { stringify } from 'yaml';
import { type Config, parseConfig } from '../../../../src/config/config';
import { normalisedConfig } from '../../../../src/config/documents/normalised';
import { EXAMPLES, exampleConfig } from '../examples';
import { aDocument, ENVIRONMENT, parsed } from '../sample-documents';

const reloaded = (config: Config) =>
  parseConfig(stringify(normalisedConfig(config).file, { version: '1.1' }), ENVIRONMENT).config;

/** A configuration without what the dump masks. */
function withoutSecrets({ lab, auth, slackWebhook: _webhook, ...rest }: Config) {
  const { env, files, ...others } = lab;
  const users = auth.type === 'static' ? auth.users.map(({ token: _token, ...user }) => user) : null;
  return {
    ...rest,
    lab: { ...others, env: Object.keys(env), files: Object.keys(files) },
    auth: { ...auth, users },
  };
}

test.each(EXAMPLES)('the normalised form of %s loads to the same configuration', (name) => {
  const { config } = exampleConfig(name);
  expect(withoutSecrets(reloaded(config))).toEqual(withoutSecrets(config));
});

test.each(EXAMPLES)('the normalised form of %s shows no confidential value', (name) => {
  expect(JSON.stringify(normalisedConfig(exampleConfig(name).config))).not.toMatch(/value-of/);
});

test('confidential values are shown as asterisks, with their keys', () => {
  const { config } = parsed(aDocument({ slack_webhook: 'https://hooks.example/value-of-webhook' }));
  expect(normalisedConfig(config).environment.slackWebhook).toBe('**********');
  const { file } = normalisedConfig(exampleConfig('every-key').config);
  expect(file).toMatchObject({
    lab: { env: { PLAIN: '**********' }, files: { '/opt/lsst/lsst_dask.yml': '**********' } },
  });
});

test('durations are seconds, memory bytes and CPU cores', () => {
  const { file } = normalisedConfig(exampleConfig('every-key').config);
  expect(file).toMatchObject({
    watchReconnectTimeout: 180,
    lab: {
      activityInterval: 5400,
      sizes: [
        { resources: { limits: { cpu: 4.5, memory: 2 ** 34 }, requests: { cpu: 0.5, memory: 2 ** 29 } } },
      ],
    },
  });
});

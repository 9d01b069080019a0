import { z } from 'zod';
import { configJsonSchema, type JsonSchema, resolved } from '../../src/config/documents/json-schema';
import { needsRestart } from '../../src/process/live-config';
import { type Chart, theChart, yamlFile } from '../support/chart';

const deployment = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
    }),
  }),
});

const LAB = Object(yamlFile('config/example.yaml'));

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

describe('the configuration', () => {
  /** What makes the pods of a chart with this configuration restart. */
  const restartsOf = (config: object): Record<string, string>[] =>
    chart
      .objects({ config })
      .filter(({ kind }) => kind === 'Deployment')
      .map((object) => deployment.parse(object).spec.template.metadata.annotations);

  const CHANGES: Readonly<Record<string, object>> = {
    lab: { lab: { ...LAB.lab, spawnTimeout: '11m' } },
    images: { images: { ...LAB.images, refreshInterval: '6m' } },
    dropdownMenu: { dropdownMenu: { daily: { number: 1 } } },
    prune: { prune: { daily: { number: 1 } } },
    supportImage: { supportImage: { repository: 'example.org/a', tag: 'b' } },
    auth: { auth: { userInfoCache: '1m' } },
    hub: { hub: { apiUrl: 'http://hub:8081/hub/api' } },
    limits: { limits: { requests: 1 } },
    timeouts: { timeouts: { shutdown: '31s' } },
    logLevel: { logLevel: 'DEBUG' },
  };

  test.each(Object.keys(CHANGES))('a change of %s restarts pods if it takes effect only then', (key) => {
    const before = restartsOf(LAB);
    expect(before).toHaveLength(3);
    const after = restartsOf({ ...LAB, ...CHANGES[key] });
    const isRestarted = JSON.stringify(after) !== JSON.stringify(before);
    expect(isRestarted).toBe(needsRestart(key === 'timeouts' ? 'timeouts.shutdown' : key));
  });

  /** Paths of what may be confidential. */
  function confidential(schema: JsonSchema, path = ''): string[] {
    const { anyOf, oneOf, properties, items, additionalProperties, ...own } = resolved(
      schema,
      configJsonSchema(),
    );
    if (own['x-private']) return [path];
    return [
      ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((option) => confidential(option, path)),
      ...Object.entries(properties ?? {}).flatMap(([key, value]) => confidential(value, `${path}.${key}`)),
      ...(items ? confidential(items, `${path}[]`) : []),
      ...(typeof additionalProperties === 'object' ? confidential(additionalProperties, `${path}{}`) : []),
    ];
  }

  const bare = { ...LAB, lab: { ...LAB.lab, env: undefined, files: undefined } };
  const user = { username: 'rachel', token: 'of-rachel-of', uid: 1000, gid: 1000 };
  const SECRETS: Readonly<Record<string, object>> = {
    '.lab.env{}': { ...bare, lab: { ...bare.lab, env: { A: 'b' } } },
    '.lab.files{}': { ...bare, lab: { ...bare.lab, files: { '/a': 'b' } } },
    '.auth.users[].token': { ...bare, auth: { type: 'static', users: [user], allowRemote: true } },
    slack_webhook: { ...bare, slack_webhook: 'https://hooks.example.org/a' },
    NUBLADO_SLACK_WEBHOOK: { ...bare, NUBLADO_SLACK_WEBHOOK: 'https://hooks.example.org/a' },
  };

  test('the cases below have all that may be confidential', () => {
    const known = Object.keys(SECRETS).filter((path) => path.startsWith('.'));
    expect(confidential(configJsonSchema()).toSorted()).toEqual(known.toSorted());
  });

  const kindsOf = (config: object): string[] =>
    chart
      .objects({ config })
      .filter(({ metadata }) => metadata.name === 'nublado-controller-config')
      .map(({ kind }) => kind);

  test.each(Object.keys(SECRETS))('with %s is kept in a Secret', (path) => {
    expect(kindsOf(SECRETS[path] ?? {})).toEqual(['Secret']);
  });

  test('without anything confidential is kept in a ConfigMap', () => {
    expect(kindsOf(bare)).toEqual(['ConfigMap']);
  });
});

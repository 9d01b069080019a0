import { createDiscoveryClient } from '../../../src/discovery/repertoire';

function read(document: unknown) {
  const fetch = async () => Response.json(document);
  return createDiscoveryClient({
    repertoireBaseUrl: 'https://r',
    discoveryCacheMs: 1000,
    timeoutMs: 1000,
    fetch,
  }).read();
}

test('a document is read with the parts that are used, and no others', async () => {
  const document = await read({
    applications: ['nublado'],
    datasets: {
      dp1: {
        butler_config: 'https://b/dp1.yaml',
        description: 'text',
        services: {
          sia: { url: 'https://s/dp1', versions: { 'sia-2': { url: 'https://s/2', ivoa_standard_id: 'x' } } },
        },
      },
      bare: {},
    },
    influxdb_databases: {
      efd: { url: 'https://i', database: 'efd', credentials_url: 'https://c', schema_registry: 'https://k' },
    },
    services: {
      internal: { wobbly: { url: 'https://w', openapi: null } },
      ui: { portal: { url: 'https://p' } },
    },
  });
  expect(document).toEqual({
    datasets: {
      dp1: {
        butlerConfig: 'https://b/dp1.yaml',
        services: { sia: { url: 'https://s/dp1', versions: { 'sia-2': { url: 'https://s/2' } } } },
      },
      bare: { butlerConfig: null, services: {} },
    },
    influxdbDatabases: {
      efd: {
        url: 'https://i',
        database: 'efd',
        credentialsUrl: 'https://c',
        schemaRegistry: 'https://k',
        local: false,
      },
    },
    services: { internal: { wobbly: { url: 'https://w', versions: {} } } },
  });
});

test('an empty document is one without entries', async () => {
  await expect(read({})).resolves.toEqual({
    datasets: {},
    influxdbDatabases: {},
    services: { internal: {} },
  });
});

test('an unexpected document is refused with the place', async () => {
  await expect(read({ services: { internal: { x: {} } } })).rejects.toMatchObject({
    code: 'discovery_error',
    message: 'Service discovery failed: unexpected document at services.internal.x.url',
  });
});

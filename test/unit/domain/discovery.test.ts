import { type DiscoveryDocument, labDiscovery, renderLabDiscovery } from '../../../src/domain/discovery';

const empty: DiscoveryDocument = { datasets: {}, influxdbDatabases: {}, services: { internal: {} } };

test('sections without content are left out', () => {
  expect(renderLabDiscovery(empty)).toBe('{}');
});

test('a lab gets datasets, databases and internal services, keys sorted', () => {
  const text = renderLabDiscovery({
    datasets: {
      dp1: { butlerConfig: null, services: {} },
      dp02: {
        butlerConfig: 'https://b.example/dp02.yaml',
        services: {
          tap: { url: 'https://t.example/tap', versions: {} },
          sia: { url: 'https://s.example/sia', versions: { v2: { url: 'https://s.example' } } },
        },
      },
    },
    influxdbDatabases: {
      efd: {
        url: 'https://i.example',
        database: 'efd',
        local: false,
        schemaRegistry: 'https://k.example/registry',
        credentialsUrl: 'https://c.example/creds',
      },
    },
    services: { internal: { gafaelfawr: { url: 'https://G.example:443', versions: {} } } },
  });
  expect(text).toBe(`{
  "datasets": {
    "dp02": {
      "butler_config": "https://b.example/dp02.yaml",
      "services": {
        "sia": {
          "url": "https://s.example/sia",
          "versions": {
            "v2": {
              "url": "https://s.example/"
            }
          }
        },
        "tap": {
          "url": "https://t.example/tap"
        }
      }
    },
    "dp1": {
      "services": {}
    }
  },
  "influxdb_databases": {
    "efd": {
      "credentials_url": "https://c.example/creds",
      "database": "efd",
      "local": false,
      "schema_registry": "https://k.example/registry",
      "url": "https://i.example/"
    }
  },
  "services": {
    "internal": {
      "gafaelfawr": {
        "url": "https://g.example/"
      }
    }
  }
}`);
});

test('text that is no URL stays as it is', () => {
  const services = { internal: { odd: { url: 'not a URL', versions: {} } } };
  expect(labDiscovery({ ...empty, services })).toEqual({
    services: { internal: { odd: { url: 'not a URL' } } },
  });
});

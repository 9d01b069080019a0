import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { z } from 'zod';
import { DEMO_CONFIG, stackConfig } from '../../../demo/configuration';
import { parseConfig, readConfigText } from '../../../src/config/config';
import { COMPONENTS, TEMPORAL_SERVER } from '../../../stack/components';
import { CHECKOUT } from '../../../stack/paths';
import { composeDocument, composeFile, composeVariables } from '../../support/compose';
import { ENVIRONMENT } from '../config/sample-documents';

/** IDs that are numbers other than 0. */
const NUMERIC_USER = /^[1-9]\d*:[1-9]\d*$/;
/** Services whose files belong to root, in volumes that Docker has made. */
const AS_ROOT = ['cluster-access', 'node-image', 'secrets'];

const { services, networks, volumes } = composeFile();
const SERVICES = Object.entries(services);
const LASTING = SERVICES.filter(([, { restart }]) => restart !== 'no');

const validate = (() => {
  const text = readFileSync(join(__dirname, '../../data/compose/compose-spec.json'), 'utf8');
  const { $schema: _dialect, ...schema } = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
})();

describe('the compose file', () => {
  test('the compose specification takes it', () => {
    expect([validate(composeDocument()), validate.errors]).toEqual([true, null]);
  });

  test.each([
    ['an unknown key', { services: { hub: { image: 'a', comand: [] } } }],
    [
      'an unknown condition',
      { services: { hub: { image: 'a', depends_on: { k3s: { condition: 'ready' } } } } },
    ],
    ['a health check that is no text', { services: { hub: { image: 'a', healthcheck: { test: [{}] } } } }],
  ])('which refuses %s', (_what, document) => {
    expect(validate(document)).toBe(false);
  });

  test('no variable has to be set', () => {
    expect(composeVariables().filter(({ rest }) => !/^:-.+$/.test(rest))).toEqual([]);
  });

  test('what is built and what is mounted from the checkout is there', () => {
    const contexts = SERVICES.flatMap(([, { build }]) =>
      build === undefined ? [] : [join(build, 'Dockerfile')],
    );
    const mounts = SERVICES.flatMap(([, service]) =>
      service.volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const files = mounts.filter((source) => source.startsWith('.'));
    expect(files.length).toBeGreaterThan(5);
    expect([...contexts, ...files].filter((path) => !existsSync(join(CHECKOUT, path)))).toEqual([]);
  });

  test('every volume and network is declared and used', () => {
    const mounted = SERVICES.flatMap(([, service]) =>
      service.volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const named = new Set(mounted.filter((source) => /^\w/.test(source)));
    expect([...named].toSorted()).toEqual(Object.keys(volumes).toSorted());
    const joined = new Set(SERVICES.flatMap(([, service]) => service.networks));
    expect([...joined].toSorted()).toEqual(Object.keys(networks).toSorted());
  });

  test.each(SERVICES)('%s has a version of its image, or is built here', (_name, { build, image }) => {
    expect(image).toMatch(
      build === undefined ? /:v?\d+\.\d+(\.\d+)?[\w.-]*(@sha256:[0-9a-f]{64})?$/ : /^nublado-\w+:compose$/,
    );
  });

  test.each(LASTING)('%s, which keeps running, has a health check', (_name, { healthcheck }) => {
    expect(healthcheck?.test[0]).toBe('CMD');
  });

  test('a service waits until others are healthy or have done their work, in an order without circles', () => {
    const lasting = new Set(LASTING.map(([name]) => name));
    const started = new Set<string>();
    const isStartable = ([name, { depends_on }]: (typeof SERVICES)[number]) =>
      !started.has(name) && Object.keys(depends_on).every((other) => started.has(other));
    for (let ready = SERVICES.filter(isStartable); ready.length > 0; ready = SERVICES.filter(isStartable))
      for (const [name] of ready) started.add(name);
    expect(started.size).toBe(SERVICES.length);
    for (const [, { depends_on }] of SERVICES)
      for (const [name, { condition }] of Object.entries(depends_on))
        expect([name, condition]).toEqual([
          name,
          lasting.has(name) ? 'service_healthy' : 'service_completed_successfully',
        ]);
  });

  test('ports are open on this machine only', () => {
    const ports = SERVICES.flatMap(([, service]) => service.ports);
    expect(ports.length).toBe(4);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  test('labs reach neither Temporal nor its database: the node has no network with them', () => {
    const inBackend = SERVICES.filter(([, service]) => service.networks.includes('backend')).map(
      ([name]) => name,
    );
    expect(inBackend).toEqual(expect.arrayContaining(['postgresql', 'temporal']));
    for (const name of ['k3s', 'hub', 'proxy']) expect(inBackend).not.toContain(name);
  });

  test('hub and proxy are where the node is, which reaches pods by their addresses', () => {
    expect([services['hub']?.network_mode, services['proxy']?.network_mode]).toEqual([
      'service:k3s',
      'service:k3s',
    ]);
    // The hub's address for labs is the first one of the first node's range.
    const range = services['k3s']?.command.find((text) => text.startsWith('--cluster-cidr='));
    expect(range).toBe('--cluster-cidr=10.42.0.0/16');
    expect(services['hub']?.environment['HUB_URL_FOR_LABS']).toBe('http://10.42.0.1:8081');
    expect(services['k3s']?.healthcheck?.test.join(' ')).toContain('10.42.0.1');
  });
});

describe('confinement', () => {
  test.each(SERVICES.filter(([name]) => name !== 'k3s'))('the service %s is confined', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      privileged: false,
      cap_drop: ['ALL'],
      cap_add: [],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('k3s alone is privileged: it is a node, with a kubelet and containers of its own', () => {
    expect(SERVICES.filter(([, { privileged }]) => privileged).map(([name]) => name)).toEqual(['k3s']);
  });

  test.each(SERVICES.filter(([name]) => name !== 'k3s'))('%s runs under numbers', (name, { user }) => {
    expect(user).toMatch(AS_ROOT.includes(name) ? /^0:0$/ : NUMERIC_USER);
  });

  test('what runs as root has done its work before anything lasts, and reaches no network but the node', () => {
    for (const name of AS_ROOT) {
      expect(services[name]?.restart).toBe('no');
      expect(services[name]?.network_mode ?? services[name]?.networks).toEqual(
        name === 'cluster-access' ? ['cluster'] : 'none',
      );
    }
  });
});

describe('what it shares with other ways to run', () => {
  test('`make demo` starts from the same configuration, which loads without a warning', () => {
    expect(services['controller']?.volumes).toContain('./config/demo.yaml:/etc/nublado/config.yaml:ro');
    expect(DEMO_CONFIG).toBe(join(CHECKOUT, 'config/demo.yaml'));
    const { NUBLADO_CONTROLLER_REPOSITORY, NUBLADO_CONTROLLER_TAG } =
      services['controller']?.environment ?? {};
    const environment = { NUBLADO_CONTROLLER_REPOSITORY, NUBLADO_CONTROLLER_TAG };
    const { warnings } = parseConfig(readConfigText(DEMO_CONFIG), environment);
    expect(warnings.filter(({ severity }) => severity === 'warning')).toEqual([]);
  });

  test('what `make demo` makes of it loads without a warning, too', () => {
    const directory = mkdtempSync(join(tmpdir(), 'demo-'));
    try {
      const kubernetes = { fileServerNamespaces: { gafaelfawr: 'fileservers' } };
      const hub = { apiUrl: 'http://127.0.0.1:8081/nb/hub/api', serviceTokenFile: '/token' };
      const source = { type: 'docker', registry: '127.0.0.1:5000', repository: 'demo/sketchbook' };
      const file = stackConfig({ directory, kubernetes }, hub, source);
      const { config, warnings } = parseConfig(readConfigText(file), ENVIRONMENT);
      expect(warnings.filter(({ severity }) => severity === 'warning')).toEqual([]);
      expect(config).toMatchObject({ auth: { type: 'gafaelfawr' }, fileserver: { enabled: true } });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('users of the hub and of the configuration are the same', () => {
    const { auth } = z
      .object({ auth: z.object({ userIds: z.record(z.string(), z.unknown()) }) })
      .parse(parse(readFileSync(DEMO_CONFIG, 'utf8')));
    const hub = readFileSync(join(CHECKOUT, 'compose/jupyterhub_config.py'), 'utf8');
    const named = [...hub.matchAll(/^c\.Authenticator\.(?:admin|allowed)_users = \{(.*)\}$/gm)].flatMap(
      ([, names = '']) => names.split(', ').map((name) => name.replaceAll('"', '')),
    );
    expect(named.toSorted()).toEqual(Object.keys(auth.userIds).toSorted());
  });

  test('Temporal, its tools and PostgreSQL have the versions of the chart and of the stack', () => {
    const { development } = z
      .object({
        temporal: z.object({ development: z.looseObject({ postgresql: z.record(z.string(), z.unknown()) }) }),
      })
      .parse(parse(readFileSync(join(CHECKOUT, 'helm/values.yaml'), 'utf8'))).temporal;
    expect(development.postgresql).toMatchObject({
      image: services['postgresql']?.image,
      serverImage: services['temporal']?.image,
      adminToolsImage: services['temporal-schema']?.image,
      uiImage: services['temporal-ui']?.image,
    });
    expect(services['temporal']?.image).toBe(`temporalio/server:${TEMPORAL_SERVER.version}`);
    expect(services['temporal-schema']?.image).toBe(`temporalio/admin-tools:${TEMPORAL_SERVER.version}`);
    expect(COMPONENTS).not.toContain(TEMPORAL_SERVER);
  });
});

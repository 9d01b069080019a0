import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type OwnStack, startStack } from '../../stack/start';
import { KUBERNETES, type Manifest, manifestsIn, ROOT } from '../support/chart';
import { eventually } from '../support/eventually';
import { firstSteps } from '../support/first-steps';
import { theHelm } from '../support/helm';
import { type World, worldOn } from '../support/world';

const { helm, kubectl, curl, image } = firstSteps();

/** The chart as the page installs it. */
let objects: readonly Manifest[];
let stack: OwnStack;
let world: World;

beforeAll(async () => {
  const run = await theHelm();
  const words = helm.map((word) => (existsSync(join(ROOT, word)) ? join(ROOT, word) : word));
  const { output, errors } = run('template', `--kube-version=${KUBERNETES}`, ...words.slice(1));
  if (errors !== '') throw new Error(errors);
  objects = manifestsIn(output);
  stack = await startStack({ name: `first-${randomBytes(4).toString('hex')}` });
});

afterAll(() => world?.stop());

const environment = z.object({
  template: z.object({
    spec: z.object({
      containers: z.tuple([
        z.object({
          image: z.string(),
          args: z.tuple([z.literal('serve')]),
          env: z.array(z.object({ name: z.string(), value: z.string() })),
          ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
        }),
      ]),
    }),
  }),
});

const objectOf = (kind: string, name: string): Manifest | undefined =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

const theContainer = () =>
  environment.parse(objectOf('Deployment', 'nublado-controller')?.['spec']).template.spec.containers[0];

test('the commands install the image that was built, and lead to the API', () => {
  expect(helm.slice(0, 3)).toEqual(['install', 'nublado', './helm']);
  expect(theContainer().image).toBe(image);

  const [forward = '', target = '', ports = ''] = kubectl.slice(2);
  expect([forward, kubectl[1]]).toEqual(['port-forward', helm[helm.indexOf('--namespace') + 1]]);
  const [kind, name = ''] = target.split('/');
  expect(kind).toBe('service');
  const [here, there] = ports.split(':');
  expect(new URL(curl.url).port).toBe(here);
  const service = z.object({ ports: z.array(z.object({ port: z.number(), targetPort: z.string() })) });
  const [port] = service.parse(objectOf('Service', name)?.['spec']).ports;
  expect(String(port?.port)).toBe(there);
  expect(theContainer().ports).toContainEqual(expect.objectContaining({ name: port?.targetPort }));
});

test('with that configuration, the request starts a lab', async () => {
  const configured = z.object({ stringData: z.object({ 'config.yaml': z.string() }) });
  const { stringData } = configured.parse(objectOf('Secret', 'nublado-controller-config'));
  const configFile = join(stack.directory, 'installed.yaml');
  writeFileSync(configFile, stringData['config.yaml']);
  const images = theContainer().env.filter(({ name }) => name.startsWith('NUBLADO_CONTROLLER_'));
  const variables = Object.fromEntries(images.map(({ name, value }) => [name, value]));
  world = await worldOn(stack, { configFile, environment: { ...variables, REPERTOIRE_BASE_URL: '' } });
  const { apiUrl } = await world.start('serve');

  const { pathname } = new URL(curl.url);
  const answer = await fetch(`${apiUrl}${pathname}`, {
    method: 'POST',
    headers: curl.headers,
    body: curl.body,
  });

  expect(answer.status).toBe(201);
  const { authorization = '', ...others } = Object.fromEntries(new Headers(curl.headers));
  expect(others).toEqual({ 'content-type': 'application/json' });
  const lab = await eventually(
    async () => {
      const headers = { authorization };
      return (await fetch(`${apiUrl}/nublado/spawner/v1/user-status`, { headers })).json();
    },
    (seen) => z.object({ status: z.string() }).parse(seen).status !== 'pending',
  );
  expect(lab).toMatchObject({ status: 'running', user: { username: 'rachel' } });
});

import type { V1Container } from '@kubernetes/client-node';
import * as fc from 'fast-check';
import type { LabObjectsInput } from '../../src/objects/lab/input';
import { homeDirectory } from '../../src/objects/lab/nss';
import { labObjects } from '../../src/objects/lab/objects';
import { PRIVILEGED_PATH } from '../../src/objects/lab/security';
import { CASES, inputOf } from './cases';

/** By what Kubernetes says, not by what the builders think. */
function hasRights({ securityContext }: V1Container): boolean {
  const { allowPrivilegeEscalation, capabilities, privileged, runAsUser = 0 } = securityContext ?? {};
  const isMore = privileged === true || allowPrivilegeEscalation !== false;
  return runAsUser === 0 || isMore || (capabilities?.add ?? []).length > 0;
}

function privilegedContainers(input: LabObjectsInput): V1Container[] {
  const { containers = [], initContainers = [] } = labObjects(input).pod.spec ?? {};
  return [...initContainers, ...containers].filter(hasRights);
}

let texts = 0;

/** A text that occurs nowhere else, with something of any kind around it. */
const distinctive = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => {
  texts += 1;
  return `${text}zq${texts}qz`;
});

/** Variables that programs obey, and those of the controller itself. */
const TEMPTING = [
  'PATH',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'BASH_ENV',
  'ENV',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'NUBLADO_HOME',
  'NUBLADO_UID',
  'NUBLADO_GID',
  'NUBLADO_RUNTIME_MOUNTS_DIR',
];

const variables = fc
  .dictionary(fc.oneof(fc.constantFrom(...TEMPTING), fc.stringMatching(/^[A-Z_]{3,12}$/)), distinctive)
  .chain((some) =>
    fc.record({
      environment: fc.constant({ JUPYTERHUB_SERVICE_PREFIX: '/nb/', ...some }),
      hubEnvironment: fc.dictionary(fc.constantFrom(...TEMPTING), distinctive),
      token: fc.option(distinctive),
    }),
  );

const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });

const identity = fc.record({
  name: fc.option(distinctive),
  uid: id,
  gid: id,
  groups: fc.array(fc.record({ name: distinctive, id }), { maxLength: 4 }),
});

const image = fc.record({ reference: distinctive, name: distinctive, digest: fc.option(distinctive) });

/** The marks of all distinctive texts in a value. */
const marksIn = (value: unknown): string[] => JSON.stringify(value).match(/zq\d+qz/g) ?? [];

const WITH_RIGHTS = CASES.filter((name) => privilegedContainers(inputOf(name)).length > 0);

test('there are cases with privileged containers, standard and configured ones', () => {
  const names = WITH_RIGHTS.flatMap((name) => privilegedContainers(inputOf(name)).map(({ name }) => name));
  expect(new Set(names).size).toBeGreaterThan(1);
  expect(names).toContain('nublado-std-inithome');
});

test.each(CASES)(
  'nothing of a request or identity but name and IDs reaches a privileged container of "%s"',
  (name) => {
    const usual = inputOf(name);
    fc.assert(
      fc.property(variables, identity, image, fc.boolean(), (secrets, user, image, flag) => {
        const plan = {
          ...usual.plan,
          user: { ...usual.plan.user, ...user },
          image,
          enableDebug: flag,
          resetUserEnv: flag,
          environment: { JUPYTERHUB_SERVICE_PREFIX: '/zq0qz/' },
        };
        const input = { ...usual, plan, secrets };
        expect(marksIn(labObjects(input).pod)).not.toEqual([]);
        for (const container of privilegedContainers(input)) {
          expect(marksIn(container)).toEqual([]);
          expect(container).not.toHaveProperty('envFrom');
          expect(container.env?.filter(({ valueFrom }) => valueFrom)).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  },
);

test.each(WITH_RIGHTS)(
  'privileged containers of "%s" get the configured variables and the controller’s',
  (name) => {
    const input = inputOf(name);
    const { env, runtimeMountsDir } = input.config.lab;
    const { uid, gid, username } = input.plan.user;
    const expected = {
      ...env,
      NUBLADO_RUNTIME_MOUNTS_DIR: runtimeMountsDir,
      NUBLADO_HOME: homeDirectory(input.config.lab, username),
      NUBLADO_UID: String(uid),
      NUBLADO_GID: String(gid),
      PATH: PRIVILEGED_PATH,
    };
    for (const container of privilegedContainers(input)) {
      expect(Object.fromEntries(container.env?.map(({ name, value }) => [name, value]) ?? [])).toEqual(
        expected,
      );
    }
  },
);

test('configured variables reach privileged containers as they are, with a fixed PATH, under names that Kubernetes takes', () => {
  const usual = inputOf('inithome');
  const env = { PRICE: '$5 of $(NUBLADO_UID) or $$', PATH: '/somewhere/else', '0': 'no variable' };
  const config = { ...usual.config, lab: { ...usual.config.lab, env } };
  const [container] = privilegedContainers({ ...usual, config });

  expect(container?.env).toContainEqual({ name: 'PRICE', value: '$$5 of $$(NUBLADO_UID) or $$$$' });
  expect(container?.env?.filter(({ name }) => name === 'PATH')).toEqual([
    { name: 'PATH', value: PRIVILEGED_PATH },
  ]);
  expect(container?.env?.map(({ name }) => name)).not.toContain('0');
});

test('the controller’s own containers are started by absolute commands', () => {
  const { initContainers = [] } = labObjects(inputOf('everything')).pod.spec ?? {};
  const own = initContainers.filter(({ name }) => name.startsWith('nublado-std-'));
  expect(own.map(({ command }) => command?.[0])).toEqual(own.map(() => '/usr/local/bin/nublado'));
  expect(own).toHaveLength(4);
});

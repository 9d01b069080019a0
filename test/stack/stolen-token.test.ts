import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Manifest, ROOT, yamlFile } from '../support/chart';
import { type Attempted, HeldAccounts, type Outcome } from '../support/held-accounts';
import { type Attempt, attemptsIn } from '../support/stolen-token';

/** What the token of each service account is good for: the table of docs/security.md, tried row by row. */

/** The workers' account with the chart's roles alone, and with its admission policies. */
const BEFORE = 'before';
const WORKER = 'worker';
/** A workers' account whose policies only warn, each validation that fails for itself; it may change objects besides. */
const WARNED = 'warned';
const ACCOUNTS = [BEFORE, WORKER, 'nublado-controller-watcher', 'nublado-controller-api'];

const WORDS: Readonly<Record<Outcome, string>> = {
  allowed: 'allowed',
  refused: 'refused',
  'no permission': '–',
};

/** The rows of the table: what is tried, and the outcome for each account. */
const rows = [
  ...readFileSync(join(ROOT, 'docs/security.md'), 'utf8').matchAll(
    /^\| (.+?) +\| (allowed|–) +\| (allowed|refused|–) +\| (allowed|–) +\| (allowed|–) +\|$/gm,
  ),
].map(([, name = '', ...outcomes]) => ({ name, outcomes: outcomes.map(String) }));

const validationsSchema = z
  .looseObject({
    kind: z.literal('ValidatingAdmissionPolicy'),
    metadata: z.looseObject({ name: z.string() }),
    spec: z.looseObject({ validations: z.array(z.looseObject({ message: z.string() })) }),
  })
  .transform(({ metadata, spec }) => spec.validations.map(({ message }) => `${metadata.name}: ${message}`));

/** Lets an account change what policies say is not to be changed; the chart's roles do not. */
function changing(account: string, namespace: string): Manifest[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: `${namespace}-changes` };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name };
  const rules = [{ apiGroups: [''], resources: ['namespaces', 'configmaps'], verbs: ['patch'] }];
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  ];
}

let accounts: HeldAccounts;
/** All of the policies, as `<policy>: <message>`. */
let validations: readonly string[];
let attempts: Readonly<Record<string, Attempt>>;

beforeAll(async () => {
  accounts = await HeldAccounts.create();
  const { chart, files, namespace: own, prefix } = accounts;
  const lab = `${prefix}-rachel`;
  const other = `${own}-other`;
  attempts = attemptsIn({ own, files, lab, other, prefix });
  const everything = Object(yamlFile('test/data/objects/everything/config.yaml'));
  const config = {
    ...everything,
    lab: { ...everything.lab, namespacePrefix: prefix },
    fileserver: { enabled: true, namespace: files },
  };
  const values = (name: string, admissionPolicies: object) => ({
    config,
    serviceAccount: { name },
    admissionPolicies,
  });
  accounts.apply(accounts.rendered(values(BEFORE, { enabled: false })));
  accounts.apply(accounts.rendered(values(WORKER, { enabled: true })));
  const warned = accounts.rendered(values(WARNED, { actions: ['Warn'] }));
  accounts.apply([...warned, ...changing(WARNED, own)]);
  validations = warned.flatMap((manifest) => validationsSchema.safeParse(manifest).data ?? []);
  await Promise.all([WORKER, WARNED].map((account) => accounts.untilHeld(account)));
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': 'rachel' };
  chart.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: lab, labels } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } },
  ]);
  await Promise.all([lab, other].map((name) => accounts.untilUsable(name)));
  const spec = { containers: [{ name: 'application', image: 'application' }] };
  chart.apply([
    ...[own, lab].map((namespace) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'application', namespace },
    })),
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'application', namespace: other }, spec },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api', namespace: own }, spec },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: other } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: lab, labels } },
    ...['keys', 'site'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: own },
    })),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'rachel-nb', namespace: lab } },
  ]);
});

afterAll(() => accounts.remove([`${accounts.prefix}-rachel`, `${accounts.namespace}-other`]));

function carryOut(account: string, attempt: Attempt): Promise<Attempted> {
  if ('create' in attempt) return accounts.tryCreate(account, [attempt.create]);
  if ('delete' in attempt) return accounts.tryDelete(account, ...attempt.delete);
  return accounts.run(account, attempt.run);
}

test('the table has all attempts, each once', () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(attempts).toSorted());
});

test.each(rows)(
  'the token of each account is good for no more than the table says: $name',
  async ({ name, outcomes }) => {
    const attempt = attempts[name];
    if (!attempt) throw new Error('there is no such attempt');
    const results = await Promise.all(ACCOUNTS.map((account) => carryOut(account, attempt)));
    expect(results.map(({ outcome }) => WORDS[outcome])).toEqual(outcomes);
  },
);

/** The validations that have failed, by the warnings of the API server. */
const failedIn = ({ message }: Attempted): string[] =>
  [...message.matchAll(/Warning: .*ValidatingAdmissionPolicy '([^']+)' with binding '[^']+': (.+)/g)].map(
    ([, policy, text]) => `${policy}: ${text}`,
  );

test('each validation of the policies refuses an attempt that no other one does', async () => {
  const lab = `${accounts.prefix}-rachel`;
  const changes: Attempt[] = [
    { run: ['label', '--dry-run=server', 'namespace', lab, 'changed=true'] },
    { run: ['label', '--dry-run=server', 'configmap', 'settings', 'changed=true', '--namespace', lab] },
  ];
  const alone = new Set<string>();
  for (const attempt of [...Object.values(attempts), ...changes]) {
    const [failed, ...others] = failedIn(await carryOut(WARNED, attempt));
    if (failed !== undefined && others.length === 0) alone.add(failed);
  }

  expect([...alone].toSorted()).toEqual(validations.toSorted());
});

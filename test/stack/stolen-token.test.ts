import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, yamlFile } from '../support/chart';
import { type Attempted, HeldAccounts, type Outcome } from '../support/held-accounts';
import { type Attempt, attemptsIn } from '../support/stolen-token';

/** What the token of each service account is good for: the table of docs/security.md, tried row by row. */

/** The workers' account with the chart's roles alone, and with its admission policies. */
const BEFORE = 'before';
const WORKER = 'worker';
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

let accounts: HeldAccounts;
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
  const values = (name: string, enabled: boolean) => ({
    config,
    serviceAccount: { name },
    admissionPolicies: { enabled },
  });
  accounts.apply(accounts.rendered(values(BEFORE, false)));
  accounts.apply(accounts.rendered(values(WORKER, true)));
  await accounts.untilHeld(WORKER);
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
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: own } },
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

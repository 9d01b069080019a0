import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allPermissions, RULE_FILES, type RuleFile } from '../../../scripts/permissions/rules';

const ROOT = join(__dirname, '../../..');

/** What the table of docs/migration.md calls the places of workers' rules. */
const PLACES: Readonly<Partial<Record<RuleFile, string>>> = {
  'controller-rules.yaml': 'everywhere',
  'controller-namespace-rules.yaml': 'own',
  'lab-secrets-rules.yaml': 'own, by name',
  'file-server-rules.yaml': 'file servers',
  'file-server-gafaelfawr-rules.yaml': 'behind Gafaelfawr',
  'file-server-ingress-rules.yaml': 'behind an Ingress',
  'file-server-httproute-rules.yaml': 'behind a Gateway',
};

/** The cell of a resource: verbs by place. */
function cellOf(resource: string): string {
  const places = Object.entries(PLACES).flatMap(([file, place]) => {
    const found = allPermissions().filter((each) => each.file === file && each.resource === resource);
    return found.length > 0 ? [`${place}: ${found.map(({ verb }) => verb).join(', ')}`] : [];
  });
  return places.join('; ').replace('behind', 'file servers behind');
}

test('every file of rules in the chart is known', () => {
  const found = globSync('*-rules.yaml', { cwd: join(ROOT, 'helm/files') });
  expect(found.toSorted()).toEqual(Object.keys(RULE_FILES).toSorted());
});

test('roles of the chart have no rules but those of the files', () => {
  const templates = globSync('helm/templates/**/*.yaml', { cwd: ROOT }).map((path) =>
    readFileSync(join(ROOT, path), 'utf8'),
  );
  const roles = templates
    .flatMap((text) => text.split(/^---$/m))
    .filter((text) => /^kind: (?:Cluster)?Role$/m.test(text));
  const rules = roles.map((text) =>
    text
      .slice(text.search(/^rules:$/m))
      .split('\n')
      .slice(1),
  );

  expect(roles.length).toBeGreaterThanOrEqual(6);
  for (const lines of rules) {
    expect(lines.join('\n')).toContain('-rules.yaml"');
    expect(lines.filter((line) => !/^(?: *(?:- )?\{\{.*\}\})?$/.test(line))).toEqual([]);
  }
});

test('the comparison with the original says of every resource what workers may do here', () => {
  const page = readFileSync(join(ROOT, 'docs/migration.md'), 'utf8');
  const section = page.slice(page.indexOf('### What the controller may do'), page.indexOf('### Back again'));
  const rows = [...section.matchAll(/^\| ([\w/]+) +\| (.*?) *\| (.*?) *\| .*\|$/gm)].slice(1);
  const cells = Object.fromEntries(rows.map(([, resource = '', , here]) => [resource, here]));
  const permitted = allPermissions().filter(({ file }) => PLACES[file]);

  expect(Object.keys(cells)).toEqual(expect.arrayContaining(permitted.map(({ resource }) => resource)));
  for (const [resource, here] of Object.entries(cells))
    expect([resource, here]).toEqual([resource, cellOf(resource)]);
  expect(section).toContain(
    `workers have ${permitted.filter(({ file }) => file === 'controller-rules.yaml').length} in every namespace`,
  );
});

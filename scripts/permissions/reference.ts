import { permissionsIn, RULE_FILES, type RuleFile } from './rules';

const HEADER = `# Permissions in Kubernetes

Generated from \`helm/files/*-rules.yaml\` by \`npm run reference\`; do not edit. The chart grants these rules and no others, and so
does the development stack to the processes of every test. \`test/stack/permissions.test.ts\` takes away each row in turn and finds that what needs
it is refused; with all rows it works.

The API has no permissions. [Admission policies](../operations.md#admission-policies) limit further what workers create and delete.
`;

const COLUMNS = `| Resource | Verb | Needed by | For |
| --- | --- | --- | --- |
`;

function sectionOf(file: RuleFile): string {
  const rows = permissionsIn(file).map(({ apiGroup, resource, resourceNames, verb, call, reason }) => {
    const group = apiGroup === '' ? '' : ` (${apiGroup})`;
    const names = resourceNames.map((name) => ` \`${name}\``).join('');
    return `| ${resource}${group}${names} | ${verb} | \`${call}\` | ${reason} |`;
  });
  return `## ${RULE_FILES[file].title}\n\n\`${file}\`\n\n${COLUMNS}${rows.join('\n')}\n`;
}

/** The reference of what the chart permits, to whom, and why. */
export function permissionsReference(): string {
  const files = Object.keys(RULE_FILES) as RuleFile[];
  return [HEADER, ...files.map(sectionOf)].join('\n');
}

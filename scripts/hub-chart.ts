import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/*
 * Packs a release of the chart of Zero to JupyterHub as its project publishes it, and writes down the packages of the hub's
 * image of that release: `npm run hub-chart -- 4.4.0 [<URL or folder of its repository>]`.
 */

const REPOSITORY = 'https://github.com/jupyterhub/zero-to-jupyterhub-k8s';
const DATA = join(__dirname, '../test/data/zero-to-jupyterhub');
const REQUIREMENTS = join(__dirname, '../stack/jupyterhub/requirements-k8s-hub.txt');

/** A JSON Schema without its texts, as the project publishes it. What is named like them is left in. */
function withoutDescriptions(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const { description: _text, ...rest } = schema as Record<string, unknown>;
  const properties = Object.entries(Object(rest['properties']) as object).map(
    ([name, property]) => [name, withoutDescriptions(property)] as const,
  );
  return properties.length === 0 ? rest : { ...rest, properties: Object.fromEntries(properties) };
}

function pack(folder: string, version: string): void {
  const chart = join(folder, 'jupyterhub');
  const change = (file: string, changed: (text: string) => string): void =>
    writeFileSync(join(chart, file), changed(readFileSync(join(chart, file), 'utf8')));
  change('Chart.yaml', (text) => text.replace(/^version: .*$/m, `version: ${version}`));
  change('values.yaml', (text) => text.replaceAll('"set-by-chartpress"', `"${version}"`));
  const text = readFileSync(join(chart, 'values.schema.yaml'), 'utf8');
  const schema = withoutDescriptions(parse(text, { version: '1.1' }));
  writeFileSync(join(chart, 'values.schema.json'), JSON.stringify(schema));
  rmSync(join(chart, 'values.schema.yaml'));
  writeFileSync(join(chart, 'LICENSE'), readFileSync(join(folder, 'LICENSE')));
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--mode=u=rwX,go=rX'];
  const target = join(DATA, `jupyterhub-${version}.tgz`);
  const args = ['--create', '--sort=name', ...owner, '--use-compress-program=gzip -9n', `--file=${target}`];
  execFileSync('tar', [...args, `--directory=${folder}`, 'jupyterhub']);
}

function writeRequirements(folder: string, version: string): void {
  const lines = readFileSync(join(folder, 'images/hub/requirements.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^[a-z]/i.test(line))
    // The same sources, compiled already.
    .map((line) => line.replace(/^psycopg2==/, 'psycopg2-binary=='));
  const origin = `# The packages of quay.io/jupyterhub/k8s-hub:${version}. To update: npm run hub-chart\n`;
  writeFileSync(REQUIREMENTS, `${origin}${lines.join('\n')}\n`);
}

const [version = '', repository = REPOSITORY] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('usage: npm run hub-chart -- <version> [<repository>]');
const folder = mkdtempSync(join(tmpdir(), 'hub-chart-'));
try {
  execFileSync('git', [
    '-c',
    'advice.detachedHead=false',
    'clone',
    '--quiet',
    '--depth=1',
    `--branch=${version}`,
    repository,
    folder,
  ]);
  pack(folder, version);
  writeRequirements(folder, version);
} finally {
  rmSync(folder, { recursive: true });
}

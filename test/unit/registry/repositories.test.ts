import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { repositories } from '../../../src/registry/image-repository';
import { aDocument, parsed } from '../config/sample-documents';

let directory: string;
let path: string;
let logged: string[];
const logger = pino({}, { write: (line: string) => void logged.push(line) });

beforeEach(() => {
  logged = [];
  directory = mkdtempSync(join(tmpdir(), 'repositories-'));
  path = join(directory, 'config.json');
});

afterEach(() => rmSync(directory, { recursive: true }));

function configOf(repository: string) {
  const source = { type: 'docker', registry: 'registry.test', repository };
  return parsed(aDocument({ images: { source, dockerCredentialsPath: path } })).config;
}

test('warnings about credentials are logged once, not with every refresh', () => {
  const of = repositories(logger);
  const [one, other] = [configOf('one'), configOf('other')];

  expect([of(one), of(one), of(other)].map((made) => made?.repository)).toEqual(['one', 'one', 'other']);
  expect(logged).toHaveLength(1);
});

test('credentials that could not be understood are read again by the next refresh', () => {
  const of = repositories(logger);
  const config = configOf('one');
  writeFileSync(path, '{');
  expect(() => of(config)).toThrow(path);
  writeFileSync(path, '{"auths": {}}');

  expect(of(config)?.repository).toBe('one');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../../../src/cli/doctor/subject';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'doctor-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const ENVIRONMENT = { REPERTOIRE_BASE_URL: 'https://example.org/repertoire' };

test('a configuration that can be used is so', () => {
  const file = join(__dirname, '../../../../config/example.yaml');
  const { config, finding } = readConfiguration(file, ENVIRONMENT);
  expect(config).not.toBeNull();
  expect(finding).toMatchObject({ message: expect.stringContaining('config/example.yaml') });
  expect(finding.status).not.toBe('error');
});

test('one that cannot be used is an error with each key and what to do', () => {
  const file = join(directory, 'config.yaml');
  writeFileSync(file, 'lab: { spawnTimeout: soon }\nimages: {}\ntypo: 1\n');
  const { config, finding } = readConfiguration(file, ENVIRONMENT);
  expect(config).toBeNull();
  expect(finding.status).toBe('error');
  expect(finding.message).toMatch(/lab\.spawnTimeout: "soon" is not a duration.*typo: /);
  expect(finding.remedy).toMatch(/Give a duration/);
});

test('one that is not there is an error, too', () => {
  const { finding } = readConfiguration(join(directory, 'none.yaml'), ENVIRONMENT);
  expect(finding).toMatchObject({ status: 'error', message: expect.stringContaining('ENOENT') });
});

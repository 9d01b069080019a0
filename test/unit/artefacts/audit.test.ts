import { npmVerdict, overall, pipVerdict } from '../../../scripts/audit';

const report = (vulnerabilities: object): string =>
  JSON.stringify({ vulnerabilities, metadata: { dependencies: { prod: 210, dev: 400 } } });

test('a report without known vulnerabilities has the number of packages', () => {
  expect(npmVerdict(report({}), '')).toEqual({
    exitCode: 0,
    lines: ['packages of npm: no known vulnerability in 210 packages'],
  });
});

test('each vulnerable package is named', () => {
  const found = { undici: { severity: 'high', range: '<8.13.0', fixAvailable: true } };
  expect(npmVerdict(report(found), '')).toEqual({
    exitCode: 1,
    lines: ['packages of npm: 1 vulnerable of 210', '  undici <8.13.0: high, a fix is available'],
  });
});

test.each([
  ['{"message": "405 Method Not Allowed"}', '', '405 Method Not Allowed'],
  ['', 'npm error network', 'npm error network'],
  ['', '', 'no report'],
])('a registry that cannot be asked is no pass (%s%s)', (output, errors, reason) => {
  expect(npmVerdict(output, errors)).toEqual({
    exitCode: 2,
    lines: [`packages of npm: NOT CHECKED: the registry's advisories cannot be asked (${reason})`],
  });
});

test.each([
  [0, '', '', 0, /^a\.txt: no known vulnerability$/],
  [1, 'jinja2 3.0', 'Found 1 known vulnerability in 1 package', 1, /vulnerable packages\njinja2 3\.0$/],
  [1, '', '/usr/bin/python3: No module named pip_audit', 2, /NOT CHECKED.*install pip-audit/],
  [null, '', '', 2, /NOT CHECKED.*install pip-audit/],
  [1, '', 'Traceback\nConnectionError: no route', 2, /NOT CHECKED.*no route/],
] as const)('what pip-audit ends with (%s, %j, %j) is told', (status, output, errors, exitCode, text) => {
  const verdict = pipVerdict('a.txt', status, output, errors);
  expect(verdict.exitCode).toBe(exitCode);
  expect(verdict.lines.join('\n')).toMatch(text);
});

test('a vulnerability counts for more than what could not be asked', () => {
  const of = (exitCode: 0 | 1 | 2) => ({ exitCode, lines: [] });
  expect(overall([of(0), of(0)])).toBe(0);
  expect(overall([of(2), of(0)])).toBe(2);
  expect(overall([of(2), of(1)])).toBe(1);
});

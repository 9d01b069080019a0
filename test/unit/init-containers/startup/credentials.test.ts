import { chmodSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { mergeAwsCredentials, mergePasswords } from '../../../../src/init-containers/startup/credentials';
import { aDirectory, modeOf, withFiles } from '../directories';
import { aStartup } from './a-startup';

describe('AWS credentials', () => {
  const SITE =
    '[butler]\naws_access_key_id = new\naws_secret_access_key = 50%/off\n\n[raw]\naws_access_key_id = r\n';

  test("AWS credentials of the site replace the user's of the same section, and only those", () => {
    const own =
      '; mine\n[default]\nAWS_Key = d\n\n[ butler ]\naws_access_key_id = old\n[other]\n# why\nx = [y]\n';
    expect(mergeAwsCredentials(own, SITE)).toBe(
      '; mine\n\n[default]\nAWS_Key = d\n\n[butler]\naws_access_key_id = new\naws_secret_access_key = 50%/off\n\n' +
        '[other]\n# why\nx = [y]\n\n[raw]\naws_access_key_id = r\n',
    );
  });

  test('AWS credentials merged again are the same', () => {
    const once = mergeAwsCredentials('[own]\nx = 1\n', SITE);
    expect(mergeAwsCredentials(once, SITE)).toBe(once);
  });

  test('AWS credentials of a user with a section twice have it once', () => {
    expect(mergeAwsCredentials('[butler]\na = 1\n[butler]\nb = 2\n', '[butler]\nc = 3\n')).toBe(
      '[butler]\nc = 3\n',
    );
  });

  test('AWS credentials of a user without any are those of the site', () => {
    expect(mergeAwsCredentials('', SITE)).toBe(SITE);
  });
});

describe('PostgreSQL passwords', () => {
  test("PostgreSQL passwords of the site replace the user's for the same connection, and only those", () => {
    const own = '# mine\nh:5432:d:u:old\nh:5432:d:other:kept \n';
    expect(mergePasswords(own, '# site\nh:5432:d:u:new:with:colons\n\nnonsense\ng:*:*:u:pw\r\n')).toBe(
      '# mine\nh:5432:d:u:new:with:colons\nh:5432:d:other:kept \ng:*:*:u:pw\n',
    );
  });

  test('PostgreSQL passwords with hidden colons are replaced too', () => {
    expect(mergePasswords('h:1:d\\:x:u:a\\:b\n', 'h:1:d\\:x:u:c\\:d\n')).toBe('h:1:d\\:x:u:c\\:d\n');
  });

  test('PostgreSQL passwords merged again are the same, and each connection is there once', () => {
    const once = mergePasswords('h:1:d:u:a\nh:1:d:u:b\n', 'h:1:d:u:c\ng:1:d:u:e\n');
    expect(once).toBe('h:1:d:u:c\ng:1:d:u:e\n');
    expect(mergePasswords(once, 'h:1:d:u:c\ng:1:d:u:e\n')).toBe(once);
  });
});

describe('the credentials in a home directory', () => {
  const aSite = () =>
    withFiles(aDirectory(), { 'aws.ini': '[site]\nkey = s3cret\n', pg: 'h:1:d:u:s3cret\n' });

  const withCredentials = (site: string) =>
    aStartup({ AWS_SHARED_CREDENTIALS_FILE: join(site, 'aws.ini'), PGPASSFILE: join(site, 'pg') });

  test('the credentials in a home directory are readable by the user only, and appear in no report', async () => {
    const startup = withCredentials(aSite());
    withFiles(startup.home, { '.lsst/pg': 'own:1:d:u:hunter2\n' });
    chmodSync(join(startup.home, '.lsst/pg'), 0o644);
    const lines = await startup.run();
    expect(readFileSync(join(startup.home, '.lsst/aws.ini'), 'utf8')).toBe('[site]\nkey = s3cret\n');
    expect(readFileSync(join(startup.home, '.lsst/pg'), 'utf8')).toBe('own:1:d:u:hunter2\nh:1:d:u:s3cret\n');
    expect(['.lsst/aws.ini', '.lsst/pg'].map((name) => modeOf(join(startup.home, name)))).toEqual([
      '600',
      '600',
    ]);
    expect(lines.join()).not.toMatch(/s3cret|hunter2/);
    expect(lines).toContain(`${startup.variables.PGPASSFILE} was merged into ${startup.home}/.lsst/pg`);
  });

  test('the credentials in a home directory lie in a directory that only the user may enter', async () => {
    const startup = withCredentials(aSite());
    await startup.run();
    expect(modeOf(join(startup.home, '.lsst'))).toBe('700');
  });

  test('the credentials in a home directory are not written through a link', async () => {
    const startup = withCredentials(aSite());
    const elsewhere = withFiles(aDirectory(), { pg: 'own:1:d:u:x\n' });
    withFiles(startup.home, { '.lsst/x': '' });
    symlinkSync(join(elsewhere, 'pg'), join(startup.home, '.lsst/pg'));
    await startup.run();
    expect(lstatSync(join(startup.home, '.lsst/pg')).isFile()).toBe(true);
    expect(readFileSync(join(startup.home, '.lsst/pg'), 'utf8')).toBe('own:1:d:u:x\nh:1:d:u:s3cret\n');
    expect(readFileSync(join(elsewhere, 'pg'), 'utf8')).toBe('own:1:d:u:x\n');
  });

  test('the credentials in a home directory stay as they are where the site has none', async () => {
    const startup = withCredentials(aDirectory());
    withFiles(startup.home, { '.lsst/pg': 'own:1:d:u:x' });
    const lines = await startup.run();
    expect(readFileSync(join(startup.home, '.lsst/pg'), 'utf8')).toBe('own:1:d:u:x');
    expect(lines).toContain(
      `warning: ${startup.home}/.lsst/pg was not changed: there is no file ${startup.variables.PGPASSFILE}`,
    );
    expect(startup.environment()).not.toHaveProperty('ABNORMAL_STARTUP');
  });
});

import { chromiumPath } from '../support/chromium';

const given = process.env['CHROMIUM_PATH'];

afterEach(() => {
  if (given === undefined) delete process.env['CHROMIUM_PATH'];
  else process.env['CHROMIUM_PATH'] = given;
});

test('the program that CHROMIUM_PATH names is used', async () => {
  process.env['CHROMIUM_PATH'] = process.execPath;

  await expect(chromiumPath()).resolves.toBe(process.execPath);
});

test('a missing program is reported, and none is installed', async () => {
  process.env['CHROMIUM_PATH'] = '/nowhere/chromium';

  await expect(chromiumPath()).rejects.toThrow('CHROMIUM_PATH: there is no /nowhere/chromium');
});

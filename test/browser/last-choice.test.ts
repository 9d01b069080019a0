import { BROWSER_START_MS } from '../support/browser';
import { aForm, aMenuImage, anOfferedImage } from '../support/lab-form';
import { FROM_DROPDOWN, OpenedForm } from './opened-form';

let form: OpenedForm;

beforeAll(async () => {
  form = await OpenedForm.start();
}, BROWSER_START_MS);

afterAll(() => form?.stop());

beforeEach(() => form.renew());

const RECOMMENDED = aMenuImage('recommended', 'Recommended (Weekly 2077_41)');

/** Spawns with another image and size than those offered first. */
async function choose(): Promise<void> {
  await form.open();
  await form.radio('Weekly 2077_44').check();
  await form.radio('Large').check();
  await form.submit();
}

test('the last choice comes back, but for options of one spawn', async () => {
  await form.open();
  await form.radio('Weekly 2077_44').check();
  await form.radio('Large').check();
  await form.checkbox('Reset user environment').check();
  await form.checkbox('Enable debug logs').check();
  await form.submit();
  await form.open();

  expect(await form.chosen()).toEqual(['Weekly 2077_44', 'Large (4.0 CPU, 12Gi RAM)']);
  expect(await form.page.getByRole('checkbox', { checked: true }).count()).toBe(0);
});

test('the last choice comes back for an image of the drop-down', async () => {
  await form.open();
  await form.dropdown.selectOption({ label: 'Release r23.0.1' });
  await form.submit();
  await form.open();

  expect(await form.chosen()).toEqual([FROM_DROPDOWN, 'Medium (2.0 CPU, 6.7Gi RAM)']);
  expect(await form.dropdown.locator('option:checked').textContent()).toBe('Release r23.0.1');
});

test('the last choice comes back for a tag whose digest has moved', async () => {
  await choose();
  const moved = {
    ...aMenuImage('w_2077_44', 'Moved'),
    reference: 'registry.test/lab/sketchbook:w_2077_44@sha256:9',
  };
  await form.open({ images: [RECOMMENDED, moved] });

  expect((await form.chosen())[0]).toBe('Moved');
});

test('the last choice is found in the drop-down when it has left the menu', async () => {
  await choose();
  await form.open({ images: [RECOMMENDED], dropdown: [anOfferedImage('w_2077_44', 'Weekly 2077_44')] });

  expect((await form.chosen())[0]).toBe(FROM_DROPDOWN);
  expect(await form.dropdown.locator('option:checked').textContent()).toBe('Weekly 2077_44');
});

test('the last choice is not offered when it is not available any more', async () => {
  await choose();
  await form.open({ images: [RECOMMENDED], sizes: aForm().sizes.slice(0, 2) });

  expect(await form.chosen()).toEqual([RECOMMENDED.name, 'Medium (2.0 CPU, 6.7Gi RAM)']);
});

test('the last choice does not hold those who take what is recommended to an old recommendation', async () => {
  await form.open();
  await form.submit();
  const newer = aMenuImage('w_2077_45', 'Weekly 2077_45');
  await form.open({ images: [newer, RECOMMENDED] });

  expect((await form.chosen())[0]).toBe('Weekly 2077_45');
});

test('the last choice is not taken for another image without a tag', async () => {
  const untagged = (name: string) => ({
    name,
    reference: `registry.test:5000/lab/${name}@sha256:1`,
    isCached: true,
  });
  await form.open({ images: [RECOMMENDED, untagged('chosen')] });
  await form.radio('chosen').check();
  await form.submit();
  await form.open({ images: [RECOMMENDED, untagged('another')] });

  expect((await form.chosen())[0]).toBe(RECOMMENDED.name);
});

test('the last choice is of one user', async () => {
  await choose();
  await form.open({ username: 'beth' });

  expect((await form.chosen())[0]).toBe(RECOMMENDED.name);
});

test.each(['{', '7', 'null', '{"image": {"a": 1}, "size": []}'])(
  'the last choice is forgotten when what is stored is %s',
  async (stored) => {
    await form.open();
    await form.page.evaluate(`localStorage.setItem('nublado.lab-form.rachel', ${JSON.stringify(stored)})`);
    await form.open();

    expect(await form.chosen()).toEqual([RECOMMENDED.name, 'Medium (2.0 CPU, 6.7Gi RAM)']);
  },
);

test('the last choice is not missed where the browser refuses to store', async () => {
  await form.page.addInitScript(
    "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })",
  );
  const errors: Error[] = [];
  form.page.on('pageerror', (error) => errors.push(error));
  form.spawnPage.look = 'no style';
  await form.open();
  await form.dropdown.selectOption({ label: 'Release r23.0.1' });

  expect(await form.submit()).toMatchObject({ image: { field: 'image_dropdown' } });
  expect(errors).toEqual([]);
});

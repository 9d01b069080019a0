import type { Browser, BrowserContext, Page } from 'playwright-core';
import { renderForm } from '../../src/api/form/fragment';
import type { FormModel } from '../../src/api/form/model';
import { parseLabRequest } from '../../src/api/schemas/lab-request';
import { BROWSER_START_MS, launchBrowser } from '../support/browser';
import { aForm, aMenuImage, anOfferedImage } from '../support/lab-form';
import { type SpawnPage, type Submission, serveSpawnPage } from './spawn-page';

let browser: Browser;
let spawnPage: SpawnPage;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  spawnPage = await serveSpawnPage('');
}, BROWSER_START_MS);

afterAll(async () => {
  await browser?.close();
  await spawnPage?.close();
});

async function renewContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
}

beforeEach(() => renewContext());

async function open(changes: Partial<FormModel> = {}): Promise<void> {
  spawnPage.fragment = renderForm(aForm(changes));
  await page.goto(spawnPage.url);
}

/** Sends the form, and gives what the hub would be sent. */
async function submitted(
  press = () => page.getByRole('button', { name: 'Start' }).click(),
): Promise<Submission> {
  await press();
  await page.waitForFunction('document.title === "Started"');
  return spawnPage.submissions.at(-1) ?? {};
}

/** The options that `create` understands from a submission. */
function optionsOf(submission: Submission): unknown {
  const env = { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' };
  const parsed = parseLabRequest({ options: submission, env });
  return 'problems' in parsed ? parsed.problems : parsed.request.options;
}

const radio = (name: string) => page.getByRole('radio', { name });
const fromDropdown = () => radio('Select uncached image');
const dropdown = () => page.getByRole('combobox');
const hint = () => page.getByText('choose its button, too');

/** The labels of the chosen image and size. */
async function chosen(): Promise<(string | null)[]> {
  return page.locator('input[type=radio]:checked + label').allTextContents();
}

const RECOMMENDED = aMenuImage('recommended', 'Recommended (Weekly 2077_41)');
const SELECTED = 'Select uncached image (slower start):';

test('untouched, it asks for the first image and the default size', async () => {
  await open();

  expect(optionsOf(await submitted())).toEqual({
    image: { field: 'image_list', reference: RECOMMENDED.reference },
    size: 'medium',
    enableDebug: false,
    resetUserEnv: false,
  });
});

test('a click on a label chooses, and all that is chosen is asked for', async () => {
  await open();
  await page.getByText('Weekly 2077_44', { exact: true }).click();
  await page.getByText('Large (4.0 CPU, 12Gi RAM)').click();
  await page.getByText('Enable debug logs').click();
  await page.getByText('Reset user environment').click();

  expect(optionsOf(await submitted())).toEqual({
    image: { field: 'image_list', reference: aMenuImage('w_2077_44', '').reference },
    size: 'large',
    enableDebug: true,
    resetUserEnv: true,
  });
});

describe('the drop-down', () => {
  test.each([
    ['the first', 'Weekly 2077_43', 'w_2077_43'],
    ['another', 'Release r23.0.1', 'r23_0_1'],
  ])('chooses its button when %s of its images is chosen', async (_, name, tag) => {
    await open();
    await dropdown().selectOption({ label: name });

    expect(await fromDropdown().isChecked()).toBe(true);
    expect(await hint().count()).toBe(0);
    expect(optionsOf(await submitted())).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage(tag, '').reference },
    });
  });

  test('has its first image chosen when its button is chosen', async () => {
    await open();
    await fromDropdown().check();

    expect(optionsOf(await submitted())).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_43', '').reference },
    });
  });

  test('does not count once another image has been chosen', async () => {
    await open();
    await dropdown().selectOption({ label: 'Release r23.0.1' });
    await radio('Weekly 2077_44').check();

    expect(optionsOf(await submitted())).toMatchObject({ image: { field: 'image_list' } });
  });

  test('is what is chosen from when nothing is on the menu', async () => {
    await open({ images: [] });

    expect(await chosen()).toEqual([SELECTED, 'Medium (2.0 CPU, 6.7Gi RAM)']);
    expect(optionsOf(await submitted())).toMatchObject({ image: { field: 'image_dropdown' } });
  });
});

describe('by keyboard alone', () => {
  /** The control that has the focus, by its ID or else its name. */
  const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.name');

  test('the controls follow each other as they are read', async () => {
    await open();
    const order: string[] = [];
    for (let presses = 0; presses < 5; presses++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }

    expect(order).toEqual(['image1', 'image_dropdown', 'medium', 'enable_debug', 'reset_user_env']);
  });

  test('everything can be chosen and sent', async () => {
    await open();
    const keys = ['Tab', 'ArrowDown', 'Tab', 'Tab', 'ArrowDown', 'Tab', 'Space', 'Tab', 'Tab'];
    for (const key of keys) await page.keyboard.press(key);

    expect(optionsOf(await submitted(() => page.keyboard.press('Enter')))).toEqual({
      image: { field: 'image_list', reference: aMenuImage('w_2077_44', '').reference },
      size: 'large',
      enableDebug: true,
      resetUserEnv: false,
    });
  });

  test('so can an image of the drop-down', async () => {
    await open();
    for (const key of ['Tab', 'Tab', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);

    expect(
      optionsOf(await submitted(() => page.getByRole('button', { name: 'Start' }).press('Enter'))),
    ).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_42', '').reference },
    });
  });
});

describe('without scripts', () => {
  beforeEach(() => renewContext({ javaScriptEnabled: false }));

  const sent = async () => {
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button', { name: 'Start' }).click();
    await (await answer).finished();
    return optionsOf(spawnPage.submissions.at(-1) ?? {});
  };

  test('it asks for what is offered first', async () => {
    await open();

    expect(await sent()).toEqual({
      image: { field: 'image_list', reference: RECOMMENDED.reference },
      size: 'medium',
      enableDebug: false,
      resetUserEnv: false,
    });
  });

  test('it asks for an image of the drop-down when its button is chosen too, and says that it must be', async () => {
    await open();
    await dropdown().selectOption({ label: 'Weekly 2077_42' });
    await fromDropdown().check();

    expect(await hint().isVisible()).toBe(true);
    expect(await sent()).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_42', '').reference },
    });
  });
});

describe('the last choice', () => {
  /** Spawns with another image and size than those offered first. */
  async function choose(image = 'Weekly 2077_44', changes: Partial<FormModel> = {}): Promise<void> {
    await open(changes);
    await radio(image).check();
    await radio('Large').check();
    await submitted();
  }

  test('comes back, but for options of one spawn', async () => {
    await open();
    await page.getByRole('checkbox', { name: 'Reset user environment' }).check();
    await page.getByRole('checkbox', { name: 'Enable debug logs' }).check();
    await choose();
    await open();

    expect(await chosen()).toEqual(['Weekly 2077_44', 'Large (4.0 CPU, 12Gi RAM)']);
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
  });

  test('comes back for an image of the drop-down', async () => {
    await open();
    await dropdown().selectOption({ label: 'Release r23.0.1' });
    await submitted();
    await open();

    expect(await chosen()).toEqual([SELECTED, 'Medium (2.0 CPU, 6.7Gi RAM)']);
    expect(await dropdown().locator('option:checked').textContent()).toBe('Release r23.0.1');
  });

  test('comes back for a tag whose digest has moved', async () => {
    await choose();
    const moved = {
      ...aMenuImage('w_2077_44', 'Moved'),
      reference: 'registry.test/lab/sketchbook:w_2077_44@sha256:9',
    };
    await open({ images: [RECOMMENDED, moved] });

    expect((await chosen())[0]).toBe('Moved');
  });

  test('is found in the drop-down when it has left the menu', async () => {
    await choose();
    await open({ images: [RECOMMENDED], dropdown: [anOfferedImage('w_2077_44', 'Weekly 2077_44')] });

    expect((await chosen())[0]).toBe(SELECTED);
    expect(await dropdown().locator('option:checked').textContent()).toBe('Weekly 2077_44');
  });

  test('is not offered when it is not available any more', async () => {
    await choose();
    await open({ images: [RECOMMENDED], sizes: aForm().sizes.slice(0, 2) });

    expect(await chosen()).toEqual([RECOMMENDED.name, 'Medium (2.0 CPU, 6.7Gi RAM)']);
  });

  test('does not hold those who take what is recommended to an old recommendation', async () => {
    await open();
    await submitted();
    const newer = aMenuImage('w_2077_45', 'Weekly 2077_45');
    await open({ images: [newer, RECOMMENDED] });

    expect((await chosen())[0]).toBe('Weekly 2077_45');
  });

  test('is of one user', async () => {
    await choose();
    await open({ username: 'beth' });

    expect((await chosen())[0]).toBe(RECOMMENDED.name);
  });

  test.each(['{', '7', 'null', '{"image": {"a": 1}, "size": []}'])(
    'is forgotten when what is stored is %s',
    async (stored) => {
      await open();
      await page.evaluate(`localStorage.setItem('nublado.lab-form.rachel', ${JSON.stringify(stored)})`);
      await open();

      expect(await chosen()).toEqual([RECOMMENDED.name, 'Medium (2.0 CPU, 6.7Gi RAM)']);
    },
  );

  test('is not missed where the browser refuses to store', async () => {
    await page.addInitScript(
      "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })",
    );
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    spawnPage.look = 'no style';
    await open();
    await dropdown().selectOption({ label: 'Release r23.0.1' });

    expect(optionsOf(await submitted())).toMatchObject({ image: { field: 'image_dropdown' } });
    expect(errors).toEqual([]);
    spawnPage.look = 'JupyterHub';
  });
});

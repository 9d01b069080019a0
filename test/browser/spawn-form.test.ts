import { BROWSER_START_MS } from '../support/browser';
import { aMenuImage, anOfferedImage } from '../support/lab-form';
import { FROM_DROPDOWN, OpenedForm } from './opened-form';

let form: OpenedForm;

beforeAll(async () => {
  form = await OpenedForm.start();
}, BROWSER_START_MS);

afterAll(() => form?.stop());

beforeEach(() => form.renew());

/** The request of a form that was submitted unchanged. */
const OFFERED_FIRST = {
  image: {
    field: 'image_list',
    reference: aMenuImage('recommended', 'Recommended (Weekly 2077_41)').reference,
  },
  size: 'medium',
  enableDebug: false,
  resetUserEnv: false,
  startFull: false,
};

test('untouched, it asks for the first image and the default size', async () => {
  await form.open();

  expect(await form.submit()).toEqual(OFFERED_FIRST);
});

test('a click on a label chooses, and all that is chosen is asked for', async () => {
  await form.open();
  await form.page.getByText('Weekly 2077_44', { exact: true }).click();
  await form.page.getByText('Large (4.0 CPU, 12Gi RAM)').click();
  await form.page.getByText('Enable debug logs').click();
  await form.page.getByText('Reset user environment').click();

  expect(await form.submit()).toEqual({
    image: { field: 'image_list', reference: aMenuImage('w_2077_44', '').reference },
    size: 'large',
    enableDebug: true,
    resetUserEnv: true,
    startFull: false,
  });
});

describe('the drop-down', () => {
  test.each([
    ['the first', 'Weekly 2077_43', 'w_2077_43'],
    ['another', 'Release r23.0.1', 'r23_0_1'],
  ])('the drop-down chooses its button when %s of its images is chosen', async (_, name, tag) => {
    await form.open();
    await form.dropdown.selectOption({ label: name });

    expect(await form.radio(FROM_DROPDOWN).isChecked()).toBe(true);
    expect(await form.hint.count()).toBe(0);
    expect(await form.submit()).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage(tag, '').reference },
    });
  });

  test('the drop-down has its first image chosen when its button is chosen', async () => {
    await form.open();
    await form.radio(FROM_DROPDOWN).check();

    expect(await form.submit()).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_43', '').reference },
    });
  });

  test('the drop-down does not count once another image has been chosen', async () => {
    await form.open();
    await form.dropdown.selectOption({ label: 'Release r23.0.1' });
    await form.radio('Weekly 2077_44').check();

    expect(await form.submit()).toMatchObject({ image: { field: 'image_list' } });
  });

  test('the drop-down is what is chosen from when nothing is on the menu', async () => {
    await form.open({ images: [] });

    expect(await form.chosen()).toEqual([FROM_DROPDOWN, 'Medium (2.0 CPU, 6.7Gi RAM)']);
    expect(await form.submit()).toMatchObject({ image: { field: 'image_dropdown' } });
  });
});

describe('by keyboard alone', () => {
  /** The control that has the focus, by its ID or else its name. */
  const focused = () =>
    form.page.evaluate<string>('document.activeElement.id || document.activeElement.name');

  test('by keyboard alone, the controls follow each other as they are read', async () => {
    await form.open();
    const order: string[] = [];
    for (let presses = 0; presses < 5; presses++) {
      await form.page.keyboard.press('Tab');
      order.push(await focused());
    }

    expect(order).toEqual(['image1', 'image_dropdown', 'medium', 'enable_debug', 'reset_user_env']);
  });

  test('by keyboard alone, everything can be chosen and sent', async () => {
    await form.open();
    const keys = ['Tab', 'ArrowDown', 'Tab', 'Tab', 'ArrowDown', 'Tab', 'Space', 'Tab', 'Tab'];
    for (const key of keys) await form.page.keyboard.press(key);

    expect(await form.submit(() => form.page.keyboard.press('Enter'))).toEqual({
      image: { field: 'image_list', reference: aMenuImage('w_2077_44', '').reference },
      size: 'large',
      enableDebug: true,
      resetUserEnv: false,
      startFull: false,
    });
  });

  test('by keyboard alone, an image of the drop-down can be chosen and sent too', async () => {
    await form.open();
    for (const key of ['Tab', 'Tab', 'ArrowDown', 'ArrowDown']) await form.page.keyboard.press(key);

    expect(await form.submit(() => form.start.press('Enter'))).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_42', '').reference },
    });
  });
});

describe('without scripts', () => {
  beforeEach(() => form.renew({ javaScriptEnabled: false }));

  test('without scripts, the form asks for what is offered first', async () => {
    await form.open();

    expect(await form.submit()).toEqual(OFFERED_FIRST);
  });

  test('without scripts, the form asks for an image of the drop-down when its button is chosen too, and shows that it must be', async () => {
    await form.open();
    await form.dropdown.selectOption({ label: 'Weekly 2077_42' });
    await form.radio(FROM_DROPDOWN).check();

    expect(await form.hint.isVisible()).toBe(true);
    expect(await form.submit()).toMatchObject({
      image: { field: 'image_dropdown', reference: anOfferedImage('w_2077_42', '').reference },
    });
  });
});

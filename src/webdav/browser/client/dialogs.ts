import { element } from './elements';

/** A button of a dialog. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** The one that Enter means in a field, or that destroys nothing where there is no field. */
  readonly isFirst?: boolean;
  readonly isDangerous?: boolean;
}

/** What a dialog shows. */
export interface Question<Value extends string> {
  readonly title: string;
  readonly content: readonly (Node | string)[];
  readonly choices: readonly Choice<Value>[];
  /** Says what is wrong with the choice, which is then not taken; null for nothing. */
  readonly check?: (value: Value) => Promise<string | null> | string | null;
}

let latest: Promise<unknown> = Promise.resolve();
let count = 0;

/**
 * Asks the user in a dialog, after earlier dialogs have been answered. The focus goes to an element with `autofocus`, else
 * to the first choice, and back at the end.
 *
 * @returns the choice; null for Escape
 */
export function choose<Value extends string>(question: Question<Value>): Promise<Value | null> {
  const answer = latest.then(() => show(question));
  latest = answer.catch(() => {});
  return answer;
}

function show<Value extends string>({
  title,
  content,
  choices,
  check,
}: Question<Value>): Promise<Value | null> {
  count += 1;
  const [titleId, contentId, problemId] = ['title', 'content', 'problem'].map(
    (part) => `dialog-${count}-${part}`,
  );
  const problem = element('p', { id: `${problemId}`, class: 'problem', role: 'alert' });
  const buttons = choices.map((choice) => button(choice));
  const form = element(
    'form',
    {},
    element('h2', { id: `${titleId}` }, title),
    element('div', { id: `${contentId}` }, ...content),
    problem,
    element('div', { class: 'choices' }, ...buttons),
  );
  const dialog = element(
    'dialog',
    { 'aria-labelledby': `${titleId}`, 'aria-describedby': `${contentId}` },
    form,
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    let chosen: Value | null = null;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const first = choices.find(({ isFirst }) => isFirst)?.value ?? choices[0]?.value;
      const value = ((event.submitter as HTMLButtonElement | null)?.value ?? first) as Value;
      void Promise.resolve(check?.(value) ?? null).then((text) => {
        problem.textContent = text ?? '';
        if (text !== null) return;
        chosen = value;
        dialog.close();
      });
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(chosen);
    });
    dialog.showModal();
    if (dialog.querySelector('[autofocus]') === null) {
      buttons[
        Math.max(
          0,
          choices.findIndex(({ isFirst }) => isFirst),
        )
      ]?.focus();
    }
  });
}

function button<Value extends string>({
  value,
  label,
  isDangerous,
  isFirst,
}: Choice<Value>): HTMLButtonElement {
  const look = isDangerous ? 'dangerous' : isFirst ? 'first' : '';
  return element('button', { value, class: look }, label);
}

/** Asks whether to do something. */
export async function confirms(title: string, text: string, label: string): Promise<boolean> {
  const choices = [
    { value: 'no', label: 'Cancel', isFirst: true },
    { value: 'yes', label, isDangerous: true },
  ] as const;
  return (await choose({ title, content: [element('p', {}, text)], choices })) === 'yes';
}

/** Tells something that the user has to know. */
export async function tell(title: string, text: string): Promise<void> {
  await choose({
    title,
    content: [element('p', {}, text)],
    choices: [{ value: 'ok', label: 'OK', isFirst: true }],
  });
}

/** Asks for a name. @returns null for none */
export async function askName(
  title: string,
  label: string,
  value: string,
  problemOf: (name: string) => string | null,
): Promise<string | null> {
  const field = element('input', { type: 'text', autofocus: '', autocomplete: 'off', spellcheck: 'false' });
  field.value = value;
  const dot = value.lastIndexOf('.');
  field.addEventListener('focus', () => field.setSelectionRange(0, dot > 0 ? dot : value.length), {
    once: true,
  });
  const choice = await choose({
    title,
    content: [element('label', {}, label, field)],
    choices: [
      { value: 'ok', label: 'OK', isFirst: true },
      { value: 'cancel', label: 'Cancel' },
    ],
    check: (chosen) => (chosen === 'ok' ? problemOf(field.value) : null),
  });
  return choice === 'ok' ? field.value : null;
}

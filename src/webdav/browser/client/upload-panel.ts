import type { Place } from './actions';
import { announce } from './announcements';
import type { ChosenFile } from './chosen-files';
import { element, nameElement, onPage } from './elements';
import { counted, type Entry, sizeText } from './entries';
import { type UploadItem, type UploadProblem, type UploadResult, upload } from './uploads';

/** Shows the uploads of the page, which run one after the other. */
export class UploadPanel {
  readonly #place: Place;
  readonly #listed: () => readonly Entry[];
  readonly #onEnd: () => Promise<void>;
  readonly #panel = onPage('#uploads');
  readonly #title = element('h2', { id: 'uploads-title' });
  readonly #bar = element('progress', { 'aria-labelledby': 'uploads-title', max: '1', value: '0' });
  readonly #text = element('p', { class: 'figures' });
  readonly #problems = element('ul', { class: 'problems' });
  readonly #cancel = element('button', { type: 'button' }, 'Cancel upload');
  readonly #retry = element('button', { type: 'button' }, 'Try again');
  readonly #close = element('button', { type: 'button' }, 'Close');
  #running = 0;
  #latest: Promise<unknown> = Promise.resolve();
  #cancelling = new AbortController();
  #failed: readonly UploadItem[] = [];

  /** @param listed what the page shows of the folder; `onEnd` shows it anew */
  constructor(place: Place, listed: () => readonly Entry[], onEnd: () => Promise<void>) {
    this.#place = place;
    this.#listed = listed;
    this.#onEnd = onEnd;
    const buttons = element('div', { class: 'choices' }, this.#cancel, this.#retry, this.#close);
    this.#panel.append(this.#title, this.#bar, this.#text, this.#problems, buttons);
    this.#cancel.addEventListener('click', () => this.#cancelling.abort());
    this.#retry.addEventListener('click', () => this.#enqueue(this.#failed));
    this.#close.addEventListener('click', () => {
      this.#panel.hidden = true;
      onPage('#actions button').focus();
    });
    addEventListener('beforeunload', (event) => {
      if (this.#running > 0) event.preventDefault();
    });
  }

  /** Uploads files after those that are being uploaded. */
  add(chosen: readonly ChosenFile[]): void {
    if (chosen.length > 0) this.#enqueue(chosen.map((each) => ({ ...each, transfer: null })));
  }

  #enqueue(items: readonly UploadItem[]): void {
    this.#running += 1;
    this.#latest = this.#latest
      .then(() => this.#run(items))
      .finally(() => {
        this.#running -= 1;
      });
  }

  async #run(items: readonly UploadItem[]): Promise<void> {
    this.#cancelling = new AbortController();
    const { signal } = this.#cancelling;
    const total = items.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
    this.#begin(items);
    const result = await upload(
      this.#place,
      items,
      this.#listed(),
      {
        begin: (item, index) => {
          this.#title.replaceChildren('Uploading ', nameElement(item.names.join('/')));
          this.#text.dataset['file'] = `${index + 1} of ${items.length}`;
        },
        sent: (bytes) => {
          this.#bar.value = total === 0 ? 1 : bytes / total;
          const files = items.length > 1 ? `, file ${this.#text.dataset['file']}` : '';
          this.#text.textContent = `${sizeText(bytes)} of ${sizeText(total)}${files}`;
        },
      },
      signal,
    );
    await this.#onEnd();
    this.#end(result, signal.aborted);
  }

  #begin(items: readonly UploadItem[]): void {
    this.#panel.hidden = false;
    this.#bar.value = 0;
    this.#problems.replaceChildren();
    [this.#cancel.hidden, this.#retry.hidden, this.#close.hidden] = [false, true, true];
    announce(`Uploading ${counted(items.length, 'file')}.`);
  }

  #end({ kept, problems, uploaded }: UploadResult, isCancelled: boolean): void {
    const isFocused = document.activeElement === this.#cancel;
    const text = [
      isCancelled ? 'Upload cancelled' : '',
      `${counted(uploaded, 'file')} uploaded`,
      kept > 0 ? `${kept} kept as they were` : '',
      problems.length > 0 ? `${problems.length} not uploaded` : '',
    ];
    const summary = `${text.filter((part) => part !== '').join(', ')}.`;
    this.#title.textContent = summary;
    this.#failed = problems.map(({ item }) => item);
    this.#problems.replaceChildren(...problems.slice(0, 100).map((problem) => problemItem(problem)));
    [this.#cancel.hidden, this.#retry.hidden, this.#close.hidden] = [true, problems.length === 0, false];
    if (isFocused) (problems.length > 0 ? this.#retry : this.#close).focus();
    announce(summary);
  }
}

function problemItem({ item, message }: UploadProblem): HTMLLIElement {
  return element('li', {}, nameElement(item.names.join('/')), `: ${message}`);
}

import { element, icon, nameElement, onPage } from './elements';
import { type Entry, type Order, sizeText, sorted } from './entries';
import { hrefOf } from './names';

/** What a date can be at most; file systems have later ones. */
const LATEST_MS = 8.64e15;

const COLUMNS = [
  { column: 'name', label: 'Name' },
  { column: 'size', label: 'Size' },
  { column: 'modified', label: 'Modified' },
] as const;

/** The table of a folder's entries: sorted, and some of them selected. */
export class EntryTable {
  readonly #folder: string;
  readonly #onSelection: () => void;
  readonly #head = onPage('thead');
  readonly #body = onPage('tbody') as HTMLTableSectionElement;
  readonly #all = element('input', { type: 'checkbox', 'aria-label': 'Select all' });
  #order: Order = { column: 'name', isDescending: false };
  #entries: readonly Entry[] = [];
  #selected = new Set<string>();

  /** @param folder URL path of the folder */
  constructor(folder: string, onSelection: () => void) {
    this.#folder = folder;
    this.#onSelection = onSelection;
    this.#all.addEventListener('change', () => this.#selectAll(this.#all.checked));
    this.#body.addEventListener('change', ({ target }) => this.#toggle(target as HTMLInputElement));
    this.#body.addEventListener('keydown', (event) => this.#moveFocus(event));
    this.#showHead();
  }

  /** Entries of the listing. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The selected entries, in the order of the table. */
  get selected(): readonly Entry[] {
    return sorted(this.#entries, this.#order).filter(({ name }) => this.#selected.has(name));
  }

  /** Shows the entries of a new listing. Those that are still there stay selected. */
  show(entries: readonly Entry[]): void {
    this.#entries = entries;
    const names = new Set(entries.map(({ name }) => name));
    this.#selected = new Set([...this.#selected].filter((name) => names.has(name)));
    this.#showBody();
  }

  /** Lets a selected entry stay selected under another name, which the next listing has. */
  renamed(from: string, to: string): void {
    if (this.#selected.has(from)) this.#selected.add(to);
  }

  /** Moves the focus to an entry's link or box. False where there is no such entry. */
  focus(name: string, part: 'a' | 'input' = 'a'): boolean {
    const row = [...this.#body.rows].find((each) => each.dataset['name'] === name);
    row?.querySelector<HTMLElement>(part)?.focus();
    return row !== undefined;
  }

  /** The entry that has the focus. */
  get focused(): Entry | undefined {
    const row = document.activeElement?.closest('tbody tr') as HTMLElement | null | undefined;
    return this.#entries.find(({ name }) => name === row?.dataset['name']);
  }

  #showHead(): void {
    const cells = COLUMNS.map(({ column, label }) => {
      const isCurrent = column === this.#order.column;
      const direction = this.#order.isDescending ? 'descending' : 'ascending';
      const button = element('button', { type: 'button' }, label);
      button.addEventListener('click', () => {
        this.#order = { column, isDescending: isCurrent && !this.#order.isDescending };
        this.#showHead();
        this.#showBody();
        this.#head.querySelector<HTMLElement>(`[data-column=${column}] button`)?.focus();
      });
      return element(
        'th',
        { scope: 'col', 'data-column': column, ...(isCurrent ? { 'aria-sort': direction } : {}) },
        button,
      );
    });
    this.#head.replaceChildren(
      element('tr', {}, element('td', {}, this.#all), ...cells, element('td', { class: 'more' })),
    );
  }

  #showBody(): void {
    const focused = this.focused?.name;
    const isBox = document.activeElement?.matches('input') ?? false;
    this.#body.replaceChildren(...sorted(this.#entries, this.#order).map((entry) => this.#row(entry)));
    if (focused !== undefined) this.focus(focused, isBox ? 'input' : 'a');
    onPage('#empty').hidden = this.#entries.length > 0;
    this.#showSelection();
  }

  #row({ kind, modified, name, size }: Entry): HTMLTableRowElement {
    const isFolder = kind === 'folder';
    const href = hrefOf(this.#folder, name, isFolder);
    const box = element('input', { type: 'checkbox', 'aria-label': `Select ${name}` });
    box.checked = this.#selected.has(name);
    const link = element('a', { href, ...(isFolder ? {} : { download: '' }) }, icon(kind), nameElement(name));
    const date = new Date(Math.min(Math.max(modified, -LATEST_MS), LATEST_MS));
    const time = element('time', { datetime: date.toISOString() }, timeText(date));
    const zip = element('a', { href: `${href}?zip`, 'aria-label': `Download ${name} as a ZIP file` }, 'ZIP');
    return element(
      'tr',
      { 'data-name': name },
      element('td', {}, box),
      element('th', { scope: 'row' }, link),
      element('td', { class: 'size' }, isFolder ? '' : sizeText(size)),
      element('td', { class: 'time' }, time),
      element('td', { class: 'more' }, ...(isFolder ? [zip] : [])),
    );
  }

  #toggle(box: HTMLInputElement): void {
    const name = box.closest('tr')?.dataset['name'];
    if (name === undefined) return;
    if (box.checked) this.#selected.add(name);
    else this.#selected.delete(name);
    this.#showSelection();
  }

  #selectAll(isSelected: boolean): void {
    this.#selected = new Set(isSelected ? this.#entries.map(({ name }) => name) : []);
    for (const box of this.#body.querySelectorAll('input')) box.checked = isSelected;
    this.#showSelection();
  }

  #showSelection(): void {
    const { size } = this.#selected;
    this.#all.checked = size > 0 && size === this.#entries.length;
    this.#all.indeterminate = size > 0 && size < this.#entries.length;
    for (const row of this.#body.rows)
      row.classList.toggle('selected', this.#selected.has(row.dataset['name'] ?? ''));
    this.#onSelection();
  }

  #moveFocus(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const row = (event.target as HTMLElement).closest('tr');
    const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
    const index = (event.target as HTMLElement).matches('input') ? 'input' : 'a';
    next?.querySelector<HTMLElement>(index)?.focus();
    event.preventDefault();
  }
}

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A time in the user's own zone and language. */
function timeText(date: Date): string {
  return format.format(date);
}

import { makeFolder, move, type Place, remove, rename } from './actions';
import { announce } from './announcements';
import { chosenIn, dropped } from './chosen-files';
import { element, icon, onPage } from './elements';
import type { Entry } from './entries';
import { list } from './requests';
import { EntryTable } from './table';
import { UploadPanel } from './upload-panel';

const { root = '/', folder = '/' } = document.body.dataset;
const place: Place = { root, folder };
const bar = onPage('#actions');

const fileField = element('input', { type: 'file', multiple: '', hidden: '', id: 'files' });
const folderField = element('input', { type: 'file', webkitdirectory: '', hidden: '', id: 'folder' });
const uploadFiles = action('upload', 'Upload files', async () => fileField.click());
const uploadFolder = action('upload', 'Upload a folder', async () => folderField.click());
const newFolder = action('new-folder', 'New folder', async () => show(await makeFolder(place)));
const zip = element('a', { href: `${folder}?zip`, class: 'action' }, icon('download'), 'Download all as ZIP');
const renaming = action('rename', 'Rename', async () => {
  const [entry] = table.selected;
  if (entry !== undefined) await renameEntry(entry);
});
const moving = action('move', 'Move', async () => {
  await move(place, table.selected);
  await show(null);
});
const deleting = action('delete', 'Delete', async () => {
  await remove(place, table.selected);
  await show(null);
});
bar.append(uploadFiles, uploadFolder, newFolder, zip, renaming, moving, deleting, fileField, folderField);

const table = new EntryTable(folder, showActions);
const uploads = new UploadPanel(
  place,
  () => table.entries,
  () => refresh(),
);

for (const field of [fileField, folderField]) {
  field.addEventListener('change', () => {
    uploads.add(chosenIn(field));
    field.value = '';
  });
}
acceptDrops();
onPage('tbody').addEventListener('keydown', ({ key }) => {
  const entry = table.focused;
  if (entry === undefined) return;
  const run = async () => {
    if (key === 'F2') await renameEntry(entry);
    else if (key === 'Delete') {
      await remove(place, table.selected.length > 0 ? table.selected : [entry]);
      await show(null);
    }
  };
  void run();
});
showActions();
void refresh();

/** A button of the toolbar. */
function action(name: string, label: string, run: () => Promise<unknown>): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'action' }, icon(name), label);
  button.addEventListener('click', () => void run());
  return button;
}

function showActions(): void {
  const count = table.selected.length;
  renaming.disabled = count !== 1;
  moving.disabled = count === 0;
  deleting.disabled = count === 0;
}

async function renameEntry(entry: Entry): Promise<void> {
  const name = await rename(place, entry);
  if (name !== null) table.renamed(entry.name, name);
  await show(name);
}

/** Shows the listing as it is now. */
async function refresh(): Promise<void> {
  const truncated = onPage('#truncated');
  try {
    const { entries, isTruncated } = await list(folder);
    table.show(entries);
    truncated.hidden = !isTruncated;
    truncated.textContent = `The folder has more than the ${entries.length} entries shown here. A WebDAV client shows all.`;
  } catch (error) {
    announce(error instanceof Error ? error.message : 'The folder cannot be listed.');
  }
}

/** Shows the listing after a change, with the focus on an entry, or at its beginning where the focused one is gone. */
async function show(name: string | null): Promise<void> {
  await refresh();
  if (name !== null && table.focus(name)) return;
  const { activeElement } = document;
  const isLost = activeElement === null || activeElement.matches('body, :disabled');
  if (isLost) onPage('thead input').focus();
}

function acceptDrops(): void {
  const main = onPage('main');
  main.addEventListener('dragover', (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    main.classList.add('dropping');
  });
  main.addEventListener('dragleave', () => main.classList.remove('dropping'));
  main.addEventListener('drop', (event) => {
    main.classList.remove('dropping');
    if (!isOfFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    void dropped(event.dataTransfer).then((chosen) => uploads.add(chosen));
  });
}

function isOfFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}

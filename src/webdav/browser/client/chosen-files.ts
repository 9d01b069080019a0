/** A file or an empty folder to be uploaded, with its path below the present folder. */
export interface ChosenFile {
  readonly names: readonly string[];
  /** Null for a folder. */
  readonly file: File | null;
}

/** Files that were chosen in a field, one by one or as a folder. */
export function chosenIn({ files }: HTMLInputElement): ChosenFile[] {
  return [...(files ?? [])].map((file) => ({
    names: (file.webkitRelativePath || file.name).split('/'),
    file,
  }));
}

/** Files and folders that were dropped; folders with all that is in them. */
export async function dropped({ items }: DataTransfer): Promise<ChosenFile[]> {
  // The items are gone when the first of them has been waited for.
  const found = [...items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const chosen: ChosenFile[] = [];
  for (const { entry, file } of found) {
    if (entry !== null) chosen.push(...(await inEntry(entry, [])));
    else if (file !== null) chosen.push({ names: [file.name], file });
  }
  return chosen;
}

async function inEntry(entry: FileSystemEntry, above: readonly string[]): Promise<ChosenFile[]> {
  const names = [...above, entry.name];
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ names, file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: ChosenFile[] = [{ names, file: null }];
  for (;;) {
    // A browser gives a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await inEntry(each, names)));
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

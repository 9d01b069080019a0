/** A file or folder in the listing. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Null for folders. */
  readonly etag: string | null;
}

/** What the server says is in a folder. */
export interface Listing {
  readonly entries: readonly Entry[];
  /** Whether the folder has more than the listing. */
  readonly isTruncated: boolean;
}

/** What the entries are sorted by. */
export interface Order {
  readonly column: 'name' | 'size' | 'modified';
  readonly isDescending: boolean;
}

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'variant' });

/** The entries in an order, folders before files; equal ones by name. */
export function sorted(entries: readonly Entry[], { column, isDescending }: Order): Entry[] {
  const sign = isDescending ? -1 : 1;
  return entries.toSorted((a, b) => {
    if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1;
    const difference = column === 'name' ? 0 : a[column] - b[column];
    return sign * (difference || byName.compare(a.name, b.name));
  });
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size for people, such as `1.5 MB`; a thousand bytes are a KB. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** How many there are of something, such as `1 file` or `2 files`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

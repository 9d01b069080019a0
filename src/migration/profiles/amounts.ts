/** What a lab may use and what is reserved for it: CPU in cores, memory in bytes. */
export interface Amounts {
  readonly limits: { readonly cpu: number; readonly memory: number };
  readonly requests: { readonly cpu: number; readonly memory: number };
}

/** Amounts as KubeSpawner has them: any may be missing. */
export interface GivenAmounts {
  readonly cpu_limit?: unknown;
  readonly cpu_guarantee?: unknown;
  readonly mem_limit?: unknown;
  readonly mem_guarantee?: unknown;
}

/** What a size has where neither limit nor guarantee is given. */
const STANDARD = { cpu: 1, memory: 2 ** 30 };

const UNITS = ['', 'K', 'M', 'G', 'T'];

const NUMBER = /^\d{1,15}(?:\.\d{1,9})?$/;

/** Cores; undefined for none. */
function readCores(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const isMilli = /^\d{1,15}m$/.test(text);
  const cores = isMilli ? Number(text.slice(0, -1)) / 1000 : NUMBER.test(text) ? Number(text) : 0;
  // The finest that Kubernetes keeps.
  return cores > 0 ? Math.max(0.001, Math.round(cores * 1000) / 1000) : undefined;
}

const MEMORY = /^(\d{1,15}(?:\.\d{1,9})?)([KMGT])?i?B?$/;

/** Bytes; undefined for none. KubeSpawner's `1G` is 2^30 bytes, unlike in Kubernetes and here. */
function readBytes(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const [, number = '', unit = ''] = MEMORY.exec(text) ?? [];
  const bytes = Math.trunc(Number(number) * 1024 ** UNITS.indexOf(unit));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Whether an amount can be read; that which is left out or null can. */
export function isReadable(key: keyof GivenAmounts, value: unknown): boolean {
  if (value === undefined || value === null || value === 0) return true;
  return (key.startsWith('cpu') ? readCores(value) : readBytes(value)) !== undefined;
}

/** Complete amounts, and which of CPU and memory is made up for lack of anything given. */
export function completed(given: GivenAmounts): {
  readonly amounts: Amounts;
  readonly guessed: readonly string[];
} {
  const cpu = pair(readCores(given.cpu_limit), readCores(given.cpu_guarantee));
  const memory = pair(readBytes(given.mem_limit), readBytes(given.mem_guarantee));
  const amounts = {
    limits: { cpu: cpu?.limit ?? STANDARD.cpu, memory: memory?.limit ?? STANDARD.memory },
    requests: { cpu: cpu?.request ?? STANDARD.cpu, memory: memory?.request ?? STANDARD.memory },
  };
  return { amounts, guessed: [...(cpu ? [] : ['CPU']), ...(memory ? [] : ['memory'])] };
}

/** Both of limit and request, of which one is enough; no request above its limit. */
function pair(limit: number | undefined, request: number | undefined) {
  const most = limit ?? request;
  if (most === undefined) return undefined;
  return { limit: most, request: Math.min(request ?? most, most) };
}

/** An amount of memory as the configuration has it, exactly. */
export function memoryText(bytes: number): string {
  const power = UNITS.findLastIndex((_unit, power) => bytes % 1024 ** power === 0);
  const unit = UNITS[power] ?? '';
  return unit === '' ? String(bytes) : `${bytes / 1024 ** power}${unit}i`;
}

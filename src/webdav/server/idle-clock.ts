import type { IncomingMessage } from 'node:http';

/** Methods that programs send by themselves, without a person at work. */
const UNCOUNTED = new Set(['OPTIONS', 'HEAD', 'PROPFIND', 'UNLOCK']);

/** Whether a request shows that the files are used. LOCK without a body only prolongs a lock. */
export function isUse({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  if (method === 'LOCK')
    return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !UNCOUNTED.has(method ?? '');
}

/** Measures for how long the files have not been used. */
export class IdleClock {
  readonly #now: () => number;
  #running = 0;
  #lastMs: number;

  /** @param now milliseconds of a clock that is never set back */
  constructor(now: () => number) {
    this.#now = now;
    this.#lastMs = now();
  }

  /** Begins a use. What it returns ends it, once; without having been one where the request was refused. */
  begin(): (isUse?: boolean) => void {
    this.#running += 1;
    let isRunning = true;
    return (isUse = true) => {
      if (!isRunning) return;
      isRunning = false;
      this.#running -= 1;
      if (isUse) this.#lastMs = this.#now();
    };
  }

  /** Milliseconds since the last use ended; 0 while there is one. */
  idleMs(): number {
    return this.#running > 0 ? 0 : this.#now() - this.#lastMs;
  }
}

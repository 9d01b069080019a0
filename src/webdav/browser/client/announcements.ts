import { onPage } from './elements';

/** Tells what has happened, on the page and to screen readers, which read it when they have finished. */
export function announce(text: string): void {
  onPage('#status').textContent = text;
}

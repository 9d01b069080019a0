import type { SecretText } from '../config/secret-text';
import { shownText } from './log';
import type { PurgeSummary } from './run';

const TIMEOUT_MS = 20_000;

/** How many failures a message names. */
const NAMED = 10;

/** Characters that mean something in Slack's texts. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What is posted of a purge with failures. */
export function failureMessage({ total, failures }: PurgeSummary): string {
  const named = failures
    .slice(0, NAMED)
    .map(({ path, message }) => `${shownText(path.slice(0, 200))}: ${message}`);
  const rest = total.errors - named.length;
  return [
    `Purge with ${total.errors} errors; ${total.removedFiles} files removed`,
    ...named,
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ].join('\n');
}

/** Posts a text to a Slack webhook. @returns what went wrong, without the URL, which is secret; null if it is posted. */
export async function postAlert(hook: SecretText, text: string): Promise<string | null> {
  try {
    const response = await fetch(hook.reveal(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: escaped(text) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? null : `status ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown error';
  }
}

import type { ErrorAnswer } from '../errors';
import { html } from '../http/html';
import { type Page, renderPage } from '../http/page';
import { style } from './style';

interface Advice {
  readonly heading: string;
  /** What the user can do. */
  readonly advice: string;
}

const AGAIN_LATER: Advice = {
  heading: 'Your file server cannot be started now',
  advice: 'Try again in a minute. If a server was being started, that goes on meanwhile.',
};

const UNIDENTIFIED: Advice = {
  heading: 'It is not known who you are',
  advice:
    'Log in again, and come back to this page. If that does not help, tell the operators what is written here.',
};

const ADVICE: Partial<Record<ErrorAnswer['code'], Advice>> = {
  file_server_create_failed: {
    heading: 'Your file server could not be started',
    advice:
      'Nothing of it is left, and your files are untouched. Try again; if that fails too, tell the operators what is written here.',
  },
  permission_denied: {
    heading: 'You may not use this file server',
    advice: 'If you should be able to, tell the operators what is written here.',
  },
  not_supported: {
    heading: 'There are no file servers here',
    advice: 'The operators of this installation have not enabled them.',
  },
  too_many_requests: {
    heading: 'Too many requests',
    advice: 'Wait a minute, then try again.',
  },
  invalid_token: UNIDENTIFIED,
  missing_token: UNIDENTIFIED,
  invalid_request: UNIDENTIFIED,
  workflow_unavailable: AGAIN_LATER,
  workflow_timeout: AGAIN_LATER,
  overloaded: AGAIN_LATER,
  shutting_down: AGAIN_LATER,
};

const OTHERWISE: Advice = {
  heading: 'Your file server could not be started',
  advice: 'The operators have been told. Try again in a few minutes.',
};

/** Errors after which trying again changes nothing. */
const FINAL: ReadonlySet<ErrorAnswer['code']> = new Set(['permission_denied', 'not_supported']);

/** The page with which a user's browser is shown an error; `creatorPath` is where another attempt is made. */
export function failurePage({ code, problems }: ErrorAnswer, creatorPath: string): Page {
  const { advice, heading } = ADVICE[code] ?? OTHERWISE;
  const again = FINAL.has(code)
    ? ''
    : html`<div class="actions">
<a class="action main" href="${creatorPath}">Try again</a>
</div>
`;
  return renderPage({
    title: 'User Fileserver Not Created',
    style,
    body: html`<main>
<section class="card">
<p class="state bad">Not ready</p>
<h1>${heading}</h1>
${problems.map(({ msg }) => html`<p><code>${msg}</code></p>\n`)}<p>${advice}</p>
${again}</section>
</main>
`,
  });
}

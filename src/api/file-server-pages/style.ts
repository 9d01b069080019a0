import { html } from '../http/html';

/** The style of the pages about file servers, in the colour scheme that the browser prefers. */
export const style = html`
:root {
  color-scheme: light dark;
  --paper: #f4f6f9;
  --card: #ffffff;
  --text: #1d2430;
  --quiet: #556070;
  --line: #d5dbe3;
  --accent: #0b5ed7;
  --on-accent: #ffffff;
  --code: #eef1f6;
  --good: #12703a;
  --good-tint: #e2f4e9;
  --bad: #a8231a;
  --bad-tint: #fbe9e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10141a;
    --card: #191f28;
    --text: #e4e9f0;
    --quiet: #a3aebd;
    --line: #333d4b;
    --accent: #7db2ff;
    --on-accent: #0d1420;
    --code: #232b37;
    --good: #7bd6a0;
    --good-tint: #17301f;
    --bad: #ff9d93;
    --bad-tint: #3a1c19;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: clamp(1rem, 4vw, 3rem) 1rem;
  background: var(--paper);
  color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif;
}
main { max-width: 62rem; margin: 0 auto; }
h1 { margin: 0.35em 0 0.3em; font-size: clamp(1.5rem, 4vw, 2rem); line-height: 1.2; }
h2 { margin: 2rem 0 0.75rem; font-size: 1.25rem; }
h3 { margin: 0 0 0.5rem; font-size: 1.05rem; }
p { margin: 0 0 0.75rem; }
p:last-child, ol:last-child, pre:last-child { margin-bottom: 0; }
ol { margin: 0 0 0.75rem; padding-left: 1.3rem; }
li + li { margin-top: 0.25rem; }
a { color: var(--accent); overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.card {
  padding: 1.25rem clamp(1rem, 3vw, 1.75rem);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--card);
  min-width: 0;
}
.state {
  display: inline-block;
  margin: 0;
  padding: 0.1rem 0.7rem;
  border-radius: 1rem;
  background: var(--good-tint);
  color: var(--good);
  font-size: 0.9rem;
  font-weight: 600;
}
.state.bad { background: var(--bad-tint); color: var(--bad); }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.25rem; }
.action {
  padding: 0.55rem 1.1rem;
  border: 1px solid var(--accent);
  border-radius: 0.5rem;
  font-weight: 600;
  text-decoration: none;
}
.action:hover { text-decoration: underline; }
.action.main { background: var(--accent); color: var(--on-accent); }
.facts { display: grid; gap: 0.5rem 1.5rem; margin: 1.25rem 0 0; }
.facts dt { color: var(--quiet); font-size: 0.9rem; }
.facts dd { margin: 0 0 0.35rem; overflow-wrap: anywhere; }
@media (min-width: 40rem) {
  .facts { grid-template-columns: max-content 1fr; }
  .facts dt { padding-top: 0.1rem; }
  .facts dd { margin: 0; }
}
.ways { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.wide { grid-column: 1 / -1; }
code, pre { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 0.92em; }
code { padding: 0.05em 0.3em; border-radius: 0.3em; background: var(--code); overflow-wrap: anywhere; }
pre {
  margin: 0 0 0.75rem;
  padding: 0.65rem 0.8rem;
  border-radius: 0.5rem;
  background: var(--code);
  overflow-x: auto;
}
pre code { padding: 0; background: none; overflow-wrap: normal; }
.quiet { color: var(--quiet); font-size: 0.92rem; }
footer { margin-top: 2rem; }
`;

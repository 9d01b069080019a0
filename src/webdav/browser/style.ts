/** Style of the page, in the light or dark colours that the user prefers. */
export const style = `:root {
  color-scheme: light dark;
  --text: light-dark(#1d2430, #e6e9ef);
  --paper: light-dark(#ffffff, #14181f);
  --raised: light-dark(#f3f5f8, #1e242e);
  --soft: light-dark(#566072, #a5afbf);
  --line: light-dark(#d4dae3, #38414f);
  --accent: light-dark(#0b57b7, #8ab8ff);
  --on-accent: light-dark(#ffffff, #10151d);
  --tint: light-dark(#e6effb, #1c2c45);
  --danger: light-dark(#b3261e, #ff9d94);
  font: 16px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; color: var(--text); background: var(--paper); }
header:not(:has(nav)) { padding-bottom: 0.5rem; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-bottom: 4rem; border-radius: 0.75rem; outline-offset: -2px; }
main.dropping { outline: 2px dashed var(--accent); background: var(--tint); }
h1 { margin: 1.25rem 0 0; font-size: 1.6rem; font-weight: 650; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 1.1rem; font-weight: 650; overflow-wrap: anywhere; }
a { color: var(--accent); }
nav ol { display: flex; flex-wrap: wrap; margin: 0.25rem 0 1rem; padding: 0; list-style: none; }
nav li { overflow-wrap: anywhere; }
nav li + li::before { content: '/'; padding: 0 0.5rem; color: var(--soft); }
nav a[aria-current] { color: var(--text); text-decoration: none; }
.icons { position: absolute; }
.icon {
  flex: none;
  width: 1.25em;
  height: 1.25em;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
}
button, .action {
  display: inline-flex;
  align-items: center;
  gap: 0.45rem;
  min-height: 2.25rem;
  padding: 0.3rem 0.8rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  color: var(--text);
  background: var(--paper);
  font: inherit;
  text-decoration: none;
  cursor: pointer;
}
button:hover, .action:hover { background: var(--raised); }
button:disabled { color: var(--soft); background: var(--raised); cursor: default; }
button.first { border-color: var(--accent); color: var(--on-accent); background: var(--accent); }
button.dangerous { border-color: var(--danger); color: var(--danger); }
:is(a, button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th, td { vertical-align: middle; }
input[type='checkbox'] { vertical-align: middle; width: 1.1rem; height: 1.1rem; margin: 0; accent-color: var(--accent); }
#actions {
  position: sticky;
  top: 0;
  z-index: 1;
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem;
  padding: 0.6rem 0;
  background: var(--paper);
}
#status { min-height: 1.5rem; margin: 0.25rem 0 0.5rem; color: var(--soft); overflow-wrap: anywhere; }
.notice, #uploads {
  margin: 0.5rem 0 1rem;
  padding: 0.9rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--raised);
}
#uploads progress { width: 100%; height: 0.75rem; accent-color: var(--accent); }
.figures { margin: 0.25rem 0; color: var(--soft); font-variant-numeric: tabular-nums; }
.problems { margin: 0.5rem 0; padding-left: 1.25rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
thead th { padding: 0; text-align: left; }
thead button { border-color: transparent; background: none; font-weight: 600; }
th[aria-sort='ascending'] button::after { content: '▲' / ''; font-size: 0.7em; }
th[aria-sort='descending'] button::after { content: '▼' / ''; font-size: 0.7em; }
td:first-child { width: 2.5rem; padding-left: 0.6rem; }
tbody tr { border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--raised); }
tbody tr.selected { background: var(--tint); }
tbody th { padding: 0.4rem 0.8rem; font-weight: 400; text-align: left; overflow-wrap: anywhere; }
tbody th a { display: inline-flex; vertical-align: middle; gap: 0.6rem; align-items: center; color: var(--text); text-decoration: none; }
tbody th a:hover bdi { text-decoration: underline; }
tbody th .icon { color: var(--accent); }
.size, .time { width: 1%; padding: 0.4rem 0.8rem; color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
.more { width: 3.5rem; padding-right: 0.6rem; text-align: right; }
#empty { padding: 2rem; color: var(--soft); text-align: center; }
.for-readers { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
dialog {
  width: min(32rem, calc(100vw - 2rem));
  max-height: calc(100vh - 4rem);
  padding: 1.25rem;
  border: 1px solid var(--line);
  border-radius: 0.9rem;
  color: var(--text);
  background: var(--paper);
  box-shadow: 0 1rem 3rem rgb(0 0 0 / 35%);
}
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog label { display: flex; flex-direction: column; gap: 0.3rem; margin: 1rem 0 0; }
dialog label.all { flex-direction: row; align-items: center; gap: 0.6rem; }
input[type='text'] {
  min-height: 2.4rem;
  padding: 0.3rem 0.7rem;
  border: 1px solid var(--soft);
  border-radius: 0.5rem;
  color: var(--text);
  background: var(--paper);
  font: inherit;
}
.problem { min-height: 1.5rem; margin: 0.4rem 0; color: var(--danger); }
.choices { display: flex; flex-wrap: wrap; gap: 0.6rem; }
.folders { max-height: 16rem; margin: 0.5rem 0; padding: 0; overflow: auto; list-style: none; }
.folders button { width: 100%; border-color: transparent; text-align: left; }
.here { margin: 0.75rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  .time { display: none; }
  tbody th, .size { padding-inline: 0.4rem; }
  thead button { padding-inline: 0.4rem; }
  thead [data-column='modified'] { display: none; }
}
`;

/** Markdown: a line per round, and what else is given. */
export function crashTable(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A duration in seconds, as the tables show it. */
export function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(1);
}

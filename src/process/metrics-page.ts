import type { MetricsPage } from './service';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Joins pages into one. Their metrics must have different names. */
export function joinPages(pages: readonly MetricsPage[]): MetricsPage {
  return {
    contentType: PROMETHEUS_TEXT,
    async metrics() {
      return (await Promise.all(pages.map((page) => page.metrics()))).join('\n');
    },
  };
}

/** The page that the Temporal SDK serves on its own port. */
export function temporalPage(address: string): MetricsPage {
  return {
    contentType: PROMETHEUS_TEXT,
    async metrics() {
      const answer = await fetch(`http://${address}/metrics`);
      return answer.text();
    },
  };
}

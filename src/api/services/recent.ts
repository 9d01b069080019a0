/**
 * Shares one answer among all who ask within `maxAgeMs` after it came, with one question under way at a time.
 * Failures are shared by those who waited for them and not kept.
 */
export function recent<Value>(ask: () => Promise<Value>, maxAgeMs: number): () => Promise<Value> {
  let latest: Promise<Value> | null = null;
  let freshUntil = 0;

  const start = (): Promise<Value> => {
    const answer = ask();
    latest = answer;
    freshUntil = Number.POSITIVE_INFINITY;
    answer.then(
      () => {
        freshUntil = performance.now() + maxAgeMs;
      },
      () => {
        latest = null;
      },
    );
    return answer;
  };
  return () => (latest !== null && performance.now() < freshUntil ? latest : start());
}

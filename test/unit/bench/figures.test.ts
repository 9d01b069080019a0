import { growth, latencies, medians, ratios } from '../../../bench/figures';
import { countRequests } from '../../../bench/meters';

test('latencies have the median and the tail by the nearest rank', () => {
  const samples = Array.from({ length: 100 }, (_, index) => index + 1);

  expect(latencies('spawn', samples)).toEqual({
    'spawn.p50Ms': 50.5,
    'spawn.p95Ms': 95,
    'spawn.p99Ms': 99,
  });
});

test('medians are taken over the rounds that have a figure', () => {
  expect(medians([{ a: 1, b: 5 }, { a: 9 }, { a: 2 }])).toEqual({ a: 2, b: 5 });
});

test('ratios are left out where the base has nothing to compare with', () => {
  expect(ratios({ a: 3, b: 1, c: 1 }, { a: 2, b: 0 })).toEqual({ a: 1.5 });
});

test('growth is shared out among the units, and counters may appear in between', () => {
  expect(growth('cpu', { api: 10 }, { api: 30, worker: 4 }, 2)).toEqual({ 'cpu.api': 10, 'cpu.worker': 2 });
});

test('requests of several pages are summed by verb and resource, and by kind', () => {
  const line = (verb: string, resource: string, status: number, count: number) =>
    `nublado_kubernetes_requests_total{verb="${verb}",resource="${resource}",status="${status}"} ${count}`;
  const worker = [
    line('create', 'pods', 201, 3),
    line('create', 'pods', 403, 1),
    line('get', 'pods', 200, 2),
  ];
  const watcher = ['# HELP nublado_kubernetes_requests_total', line('watch', 'pods', 200, 5)];

  expect(countRequests([worker.join('\n'), watcher.join('\n')])).toEqual({
    'create pods': 4,
    'get pods': 2,
    'watch pods': 5,
    writes: 4,
    reads: 2,
    watches: 5,
    refused: 1,
  });
});

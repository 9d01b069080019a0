import { versusTable } from '../../../../bench/versus/table';

test('figures stand side by side, with how many times that of the first each is', () => {
  const text = versusTable([
    {
      name: 'reference',
      single: { 'spawn.p50Ms': 100 },
      bursts: { 20: { 'spawn.perSecond': 10, requests: 15 } },
    },
    {
      name: 'ours',
      single: { 'spawn.p50Ms': 150 },
      bursts: { 20: { 'spawn.perSecond': 5, requests: 12, 'cpu.temporal': 30 } },
      restart: { 'restart.lost': 0 },
    },
  ]);

  expect(
    text
      .split('\n')
      .slice(2)
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    '| labs | figure | reference | ours |',
    expect.stringMatching(/^[| -]+$/),
    '| one at a time | one spawn, p50 ms | 100 | 150 (1.50x) |',
    '| 20 users | spawns/s | 10.0 | 5.0 (0.50x) |',
    "| 20 users | Temporal's | | 30.0 |",
    '| 20 users | requests to the API server per spawn | 15.0 | 12.0 (0.80x) |',
    '| restart | of these lost | | 0 |',
  ]);
});

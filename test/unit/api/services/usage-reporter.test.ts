import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createUsageReporter, type UsageReporter } from '../../../../src/api/services/usage-reporter';
import type { LastActivity } from '../../../../src/domain/last-activity';
import type { UsageUpdateOutcome } from '../../../../src/jupyterhub/usage-updates';

const MINUTE = 60_000;

const TOLD: UsageUpdateOutcome = { kind: 'sent' };
const AWAY: UsageUpdateOutcome = { kind: 'unavailable', problem: 'ECONNREFUSED', retryAfterMs: null };
const REFUSED: UsageUpdateOutcome = { kind: 'refused', problem: 'status 403' };

/** A stream whose hub answers as scripted, the last answer for ever, and whose time passes only when told. */
class Scene {
  readonly told: LastActivity[] = [];
  readonly logged: { readonly level: number; readonly msg: string }[] = [];
  readonly registry = new Registry();
  readonly stream: UsageReporter;
  isHubClosed = false;
  nowMs = Date.parse('2077-10-23T12:00:00Z');
  private sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor(private readonly answers: UsageUpdateOutcome[]) {
    this.stream = createUsageReporter({
      hub: {
        send: async (activity) => {
          this.told.push(activity);
          return this.answers[Math.min(this.told.length, this.answers.length) - 1] ?? TOLD;
        },
        close: async () => {
          this.isHubClosed = true;
        },
      },
      intervalMs: MINUTE,
      logger: pino({ level: 'debug' }, { write: (line: string) => void this.logged.push(JSON.parse(line)) }),
      registry: this.registry,
      clock: {
        now: () => this.nowMs,
        sleep: (milliseconds, signal) =>
          new Promise((wake) => {
            this.sleepers.push({ untilMs: this.nowMs + milliseconds, wake });
            signal.addEventListener('abort', () => wake());
            if (signal.aborted) wake();
          }),
      },
    });
  }

  /** Reports activity of now, and lets the stream do what it does at once. */
  async report(...usernames: readonly string[]): Promise<void> {
    for (const username of usernames) {
      this.stream.report({ username, server: '', lastActivityMs: this.nowMs });
    }
    await settled();
  }

  /** Advances the clock, and resolves all sleeps that end within that time. */
  async pass(milliseconds: number): Promise<void> {
    const untilMs = this.nowMs + milliseconds;
    for (;;) {
      const [next] = this.sleepers.toSorted((a, b) => a.untilMs - b.untilMs);
      if (!next || next.untilMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next.untilMs);
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
      await settled();
    }
    this.nowMs = untilMs;
  }

  async metric(name: string): Promise<unknown> {
    const metrics = await this.registry.getMetricsAsJSON();
    const values = metrics.find((metric) => metric.name === name)?.values ?? [];
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'] ?? 'all', value]));
  }

  get messages(): string[] {
    return this.logged.map(({ msg }) => msg);
  }

  get names(): string[] {
    return this.told.map(({ username }) => username);
  }
}

/** All that promises have to do by themselves is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

let scene: Scene;

const begin = (...answers: UsageUpdateOutcome[]) => {
  scene = new Scene(answers);
};

afterEach(() => scene.stream.close());

test('a report is passed on at once, the next of the same user after the interval', async () => {
  begin(TOLD);
  await scene.report('rachel');
  await scene.pass(1_000);
  await scene.report('rachel');
  expect(scene.names).toEqual(['rachel']);

  await scene.pass(MINUTE);
  expect(scene.names).toEqual(['rachel', 'rachel']);
});

test('an idle lab that repeats itself costs the hub nothing', async () => {
  begin(TOLD);
  const lastActivityMs = scene.nowMs;
  for (let report = 0; report < 10; report += 1) {
    scene.stream.report({ username: 'rachel', server: '', lastActivityMs });
    await scene.pass(5 * MINUTE);
  }

  expect(scene.names).toEqual(['rachel']);
});

test('while the hub is unavailable, retries become rarer, and then each user’s latest report is sent once', async () => {
  begin(AWAY, AWAY, AWAY, TOLD);
  await scene.report('rachel', 'beth');
  const attempts: number[] = [];
  for (let second = 1; second <= 10; second += 1) {
    await scene.report('rachel', 'beth');
    await scene.pass(1_000);
    attempts.push(scene.told.length);
  }

  expect(attempts).toEqual([2, 2, 3, 3, 3, 3, 5, 5, 5, 5]);
  expect(await scene.metric('nublado_activity_updates_total')).toEqual({ failed: 3, sent: 2 });
  expect(scene.messages).toEqual([
    'the hub cannot be told of activity; trying again',
    'the hub takes activity again',
  ]);
});

test('a hub that stays away is tried once a minute, and what waits does not grow', async () => {
  begin(AWAY);
  await scene.report('rachel', 'beth');
  await scene.pass(60 * MINUTE);
  const before = scene.told.length;
  await scene.report('rachel', 'beth');
  await scene.pass(10 * MINUTE);

  expect(scene.told.length - before).toBe(10);
  expect(await scene.metric('nublado_activity_pending')).toEqual({ all: 2 });
});

test('a hub with Retry-After gets no request until then', async () => {
  begin({ kind: 'unavailable', problem: 'status 503', retryAfterMs: 30_000 }, TOLD);
  await scene.report('rachel');
  await scene.pass(29_999);
  expect(scene.told).toHaveLength(1);

  await scene.pass(1);
  expect(scene.told).toHaveLength(2);
});

test('a refusal is logged once, with the remedy, and retried', async () => {
  begin(REFUSED, REFUSED, TOLD);
  await scene.report('rachel');
  await scene.pass(MINUTE);

  expect(scene.told).toHaveLength(3);
  expect(scene.logged.filter(({ level }) => level === 50)).toEqual([
    expect.objectContaining({ problem: 'status 403', remedy: expect.stringContaining('users:activity') }),
  ]);
});

test('a refusal is logged also for a hub that was unavailable before', async () => {
  begin(AWAY, REFUSED, TOLD);
  await scene.report('rachel');
  await scene.pass(MINUTE);

  expect(scene.messages).toEqual([
    'the hub cannot be told of activity; trying again',
    'the hub refuses to be told of activity; trying again',
    'the hub takes activity again',
  ]);
});

test('a user whom the hub does not know delays no other update', async () => {
  begin({ kind: 'dropped', status: 404 }, TOLD);
  await scene.report('gone', 'rachel');
  await scene.pass(5 * MINUTE);

  expect(scene.names).toEqual(['gone', 'rachel']);
  expect(await scene.metric('nublado_activity_updates_total')).toEqual({ dropped: 1, sent: 1 });
});

test('at its end all waiting updates are sent', async () => {
  begin(TOLD);
  await scene.report('rachel', 'beth');
  await scene.pass(1_000);
  await scene.report('rachel', 'beth');
  await scene.stream.close();

  expect(scene.names).toEqual(['rachel', 'beth', 'rachel', 'beth']);
  expect(scene.isHubClosed).toBe(true);
  expect(await scene.metric('nublado_activity_reports_total')).toEqual({ all: 4 });
  expect(await scene.metric('nublado_activity_pending')).toEqual({ all: 0 });
});

test('an end is not held up by a hub that is away', async () => {
  begin(AWAY);
  await scene.report('rachel', 'beth');
  await scene.stream.close();

  expect(scene.told).toHaveLength(2);
  expect(scene.isHubClosed).toBe(true);
});

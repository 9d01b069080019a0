import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client, type Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { labStart } from '../../src/workflow-clients/lab/executions';
import { CHECKOUT } from '../../stack/paths';
import { pushImages } from '../../stack/registry/push';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { aRecord } from '../support/record-builder';
import { connectToTemporal } from '../support/temporal-connection';

let stack: OwnStack;
let connection: Connection;
let host: string;
let count = 0;

beforeAll(async () => {
  const name = `images-${randomBytes(4).toString('hex')}`;
  stack = await startStack({
    name,
    registry: true,
    progress: (line) => process.stderr.write(`stack: ${line}\n`),
  });
  host = stack.registry?.openHost ?? '';
  connection = await connectToTemporal(stack.temporal.address);
}, 180_000);

afterAll(async () => {
  await connection.close();
  await stack.stop();
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const policy = {
  release: { number: 1 },
  weekly: { number: 3 },
  daily: { number: 2 },
  keep: ['w_2077_01'],
};

/** A repository of its own with ten weeklies, dailies that share images, and an alias of an old weekly. */
async function aRepository(prune: object = policy) {
  count += 1;
  const repository = `labs/case-${count}`;
  const weeklies = Array.from({ length: 10 }, (_, week) => ({
    tag: `w_2077_${String(week + 1).padStart(2, '0')}`,
    content: `${repository} week ${week + 1}`,
  }));
  const digests = await pushImages(host, repository, [
    ...weeklies,
    { tag: 'r29_0_0', content: `${repository} release` },
    { tag: 'recommended', content: `${repository} week 4` },
    { tag: 'd_2077_01_01', content: `${repository} day` },
    { tag: 'd_2077_01_02', content: `${repository} day` },
    { tag: 'd_2077_01_03', content: `${repository} another day` },
    { tag: 'd_2077_01_04', content: `${repository} last day` },
    { tag: 'something_else', content: `${repository} else` },
  ]);
  const size = { cpu: 1, memory: '3Gi' };
  const configFile = join(stack.directory, `case-${count}.yaml`);
  const document = {
    lab: {
      namespacePrefix: 'lab',
      sizes: [{ size: 'small', resources: { limits: size, requests: size } }],
      volumes: [{ name: 'home', source: { type: 'hostPath', path: '/srv/home' } }],
      volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
    },
    images: {
      source: { type: 'docker', registry: host, repository },
      numReleases: 1,
      numWeeklies: 1,
      numDailies: 1,
      pin: ['w_2077_02'],
      dockerCredentialsPath: null,
    },
    prune,
  };
  writeFileSync(configFile, stringify(document));
  const run = async (args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> => {
    const main = join(CHECKOUT, 'src', 'cli', 'main.ts');
    const [command = '', ...rest] = args;
    const words = [
      '--import',
      require.resolve('tsx'),
      main,
      'images',
      command,
      `--config=${configFile}`,
      ...rest,
    ];
    const child = spawn(process.execPath, words, {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, stdout, stderr };
  };
  const tags = async () => {
    const answer = await fetch(`http://${host}/v2/${repository}/tags/list`);
    return ((await answer.json()) as { tags: string[] }).tags.toSorted();
  };
  return { repository, digests, configFile, run, tags };
}

interface PlanDocument {
  readonly dryRun: boolean;
  readonly deletions: readonly {
    readonly digest: string;
    readonly tags: readonly string[];
    readonly reasons?: readonly string[];
  }[];
  readonly spared: readonly { readonly tags: readonly string[]; readonly reasons: readonly string[] }[];
}

const planOf = ({ stdout }: Outcome): PlanDocument => JSON.parse(stdout) as PlanDocument;

describe('list', () => {
  test('list prints every tag in the order of menus', async () => {
    const { run } = await aRepository();

    const { code, stdout } = await run(['list']);

    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(17);
    expect(lines[0]).toMatch(/^recommended\s+Recommended$/);
    expect(lines[1]).toMatch(/^r29_0_0\s+Release r29\.0\.0$/);
    expect(lines.at(-1)).toMatch(/^something_else/);
  });

  test('list with digests shows which tags are the same image', async () => {
    const { run, digests } = await aRepository();

    const { images } = JSON.parse((await run(['list', '--digests', '--json'])).stdout) as {
      images: { tag: string; digest: string; aliasTarget: string | null }[];
    };

    expect(images.find(({ tag }) => tag === 'recommended')).toMatchObject({
      digest: digests.get('w_2077_04'),
      aliasTarget: 'w_2077_04',
      name: 'Recommended (Weekly 2077_04)',
    });
  });
});

describe('prune', () => {
  test('prune deletes nothing by default, and prints what would be deleted and what stays', async () => {
    const { run, tags } = await aRepository();
    const before = await tags();

    const { code, stdout, stderr } = await run(['prune']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^keep {4}w_2077_01: prune\.keep names w_2077_01$/m);
    expect(stdout).toMatch(/^keep {4}w_2077_02: the menu offers w_2077_02$/m);
    expect(stdout).toMatch(/^keep {4}.*recommended.*: .*the menu offers recommended/m);
    expect(stdout).toMatch(/^delete {2}w_2077_07 {2}sha256:[0-9a-f]{64}$/m);
    expect(stderr).toContain('5 images with 6 tags would be deleted; --no-dry-run deletes them');
    expect(stderr).toContain('labs that run are not known without TEMPORAL_ADDRESS');
    expect(await tags()).toEqual(before);
  });

  test('prune deletes what the policy does not keep, each image once, and then has nothing left to do', async () => {
    const { run, tags } = await aRepository();

    const first = await run(['prune', '--no-dry-run', '--yes', '--json', '--protect', 'w_2077_03']);

    expect(first.code).toBe(0);
    const { deletions } = planOf(first);
    expect(deletions.map((deletion) => deletion.tags.toSorted())).toEqual([
      ['w_2077_07'],
      ['w_2077_06'],
      ['w_2077_05'],
      ['d_2077_01_01', 'd_2077_01_02'],
    ]);
    expect(await tags()).toEqual(
      ['d_2077_01_03', 'd_2077_01_04', 'r29_0_0', 'recommended', 'something_else']
        .concat(['w_2077_01', 'w_2077_02', 'w_2077_03', 'w_2077_04', 'w_2077_08', 'w_2077_09', 'w_2077_10'])
        .toSorted(),
    );
    const second = await run(['prune', '--no-dry-run', '--json', '--protect', 'w_2077_03']);
    expect([second.code, planOf(second).deletions]).toEqual([0, []]);
  });

  test('prune spares the image of a lab, wherever its tag has gone', async () => {
    const { run, digests, repository } = await aRepository();
    const digest = digests.get('w_2077_06') ?? '';
    const image = `${host}/${repository}:w_2077_06@${digest}`;
    const record = aRecord('ada');
    const lab = { ...record, options: { ...record.options, image } };
    const client = new Client({ connection });
    const handle = await client.workflow.start('lab', { ...labStart(lab), taskQueue: 'nobody' });
    const environment = { TEMPORAL_ADDRESS: stack.temporal.address };

    const outcome = await eventually(
      () => run(['prune', '--json'], environment),
      (done) => planOf(done).spared.some(({ reasons }) => reasons.includes('the lab of ada uses it')),
    );

    expect(outcome.stderr).not.toContain('warning');
    expect(planOf(outcome).deletions.map((deletion) => deletion.digest)).not.toContain(digest);
    await handle.terminate();
  });

  test('prune fails when it shall protect what is not there', async () => {
    const { run } = await aRepository();

    expect(await run(['prune', '--protect', 'w_2077_7'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--protect names w_2077_7, and the repository has no such tag'),
    });
  });

  test.each([
    ['no', false],
    ['yes', true],
  ])(
    'prune asks on a terminal, and after %s has looked again at what came into use meanwhile',
    async (reply, isDone) => {
      const { run, tags, repository, configFile } = await aRepository();
      const planned = planOf(await run(['prune', '--json'])).deletions.flatMap((deletion) => deletion.tags);
      expect(planned).toContain('w_2077_05');
      const main = join(CHECKOUT, 'src', 'cli', 'main.ts');
      const words = [
        process.execPath,
        '--import',
        require.resolve('tsx'),
        main,
        'images',
        'prune',
        '--no-dry-run',
      ];
      const command = [...words, `--config=${configFile}`].join(' ');

      // `script` gives the command a terminal.
      const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      let shown = '';
      for await (const chunk of child.stdout) {
        const wasAsked = shown.includes('[y/N]');
        shown += String(chunk);
        if (wasAsked || !shown.includes('[y/N]')) continue;
        await pushImages(host, repository, [{ tag: 'now_in_use', content: `${repository} week 5` }]);
        child.stdin.end(`${reply}\n`);
      }

      expect(await ended).toBe(isDone ? 0 : 2);
      const gone = isDone ? planned.filter((tag) => tag !== 'w_2077_05') : [];
      const left = await tags();
      expect(planned.filter((tag) => !left.includes(tag))).toEqual(gone);
      expect(left).toContain('now_in_use');
      expect(shown.includes('keep    w_2077_05: changed while the question was open')).toBe(isDone);
    },
  );

  test('prune is refused without a terminal to ask on', async () => {
    const { run, tags } = await aRepository();
    const before = await tags();

    const { code, stderr } = await run(['prune', '--no-dry-run']);

    expect([code, stderr]).toEqual([2, expect.stringContaining('refused: there is no terminal to ask on')]);
    expect(await tags()).toEqual(before);
  });

  test('prune fails when Temporal is named and away, and deletes nothing', async () => {
    const { run, tags } = await aRepository();
    const before = await tags();

    const { code } = await run(['prune', '--no-dry-run', '--yes'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });

    expect(code).toBe(1);
    expect(await tags()).toEqual(before);
  });

  test('prune is refused for a policy that keeps nothing, unless forced, and spares what is used even so', async () => {
    const ofTheFuture = { cutoffDate: '2099-01-01' };
    const nothing = { release: { cutoffVersion: '99.0.0' }, weekly: ofTheFuture, daily: ofTheFuture };
    const { run, tags } = await aRepository(nothing);

    const refused = await run(['prune', '--no-dry-run', '--yes']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('keeps none of 15 images')]);
    expect(await tags()).toHaveLength(17);

    expect((await run(['prune', '--no-dry-run', '--yes', '--force'])).code).toBe(0);
    expect(await tags()).toEqual(
      [
        'd_2077_01_04',
        'r29_0_0',
        'recommended',
        'something_else',
        'w_2077_02',
        'w_2077_04',
        'w_2077_10',
      ].toSorted(),
    );
  });
});

describe('delete', () => {
  test('delete removes the image behind a tag, once', async () => {
    const { run, tags, digests } = await aRepository();

    const outcome = await run([
      'delete',
      'w_2077_05',
      'd_2077_01_01',
      'd_2077_01_02',
      '--no-dry-run',
      '--yes',
      '--json',
    ]);

    expect(outcome.code).toBe(0);
    expect(planOf(outcome).deletions.map(({ digest }) => digest)).toEqual([
      digests.get('w_2077_05'),
      digests.get('d_2077_01_01'),
    ]);
    expect(await tags()).not.toEqual(expect.arrayContaining(['w_2077_05']));
    expect(await tags()).toHaveLength(14);
  });

  test.each([
    ['has other tags', ['d_2077_01_01'], 'tag d_2077_01_02 is the same image'],
    ['the menu offers', ['w_2077_10'], 'the menu offers w_2077_10'],
  ])('delete refuses an image that %s, unless forced', async (_what, wanted, reason) => {
    const { run, tags, digests } = await aRepository();

    const refused = await run(['delete', ...wanted, '--no-dry-run', '--yes']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(reason)]);
    expect(await tags()).toHaveLength(17);

    expect((await run(['delete', ...wanted, '--no-dry-run', '--yes', '--force'])).code).toBe(0);
    const gone = digests.get(wanted[0] ?? '');
    const expected = [...digests].filter(([, digest]) => digest !== gone).map(([tag]) => tag);
    expect(await tags()).toEqual(expected.toSorted());
  });

  test('delete prints, when forced, the overridden reasons, and still spares what is protected', async () => {
    const { run, tags, digests, repository } = await aRepository();
    const protect = `--protect=${host}/${repository}:w_2077_09@${digests.get('w_2077_09')}`;
    const forced = ['delete', 'w_2077_09', 'w_2077_10', '--force', protect];

    const { stdout } = await run(forced);
    expect(stdout).toMatch(/^keep {4}w_2077_09: --protect names /m);
    expect(stdout).toMatch(/^delete {2}w_2077_10 {2}sha256:\S+ {2}although: the menu offers w_2077_10$/m);

    const done = await run([...forced, '--no-dry-run', '--yes', '--json']);
    expect(planOf(done).deletions).toEqual([
      { digest: digests.get('w_2077_10'), tags: ['w_2077_10'], reasons: ['the menu offers w_2077_10'] },
    ]);
    const left = await tags();
    expect(left).toHaveLength(16);
    expect(left).toContain('w_2077_09');
  });

  test('delete fails for a tag that is not there', async () => {
    const { run } = await aRepository();

    expect(await run(['delete', 'w_1999_01'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the repository has no tag w_1999_01'),
    });
  });
});

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildComponents } from '../../stack/build';
import { K8S_HUB } from '../../stack/jupyterhub/components';
import { allowedInBuild, HUB_BUILD_CONTEXT, type Instruction, instructions } from '../support/dockerfile';

/*
 * The steps of the build of the hub's image as processes, with the packages that its base image has. Both stages start from
 * an environment that sees these and has nothing else.
 */

const run = promisify(execFile);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-image-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The instructions of each stage. */
function stages(): Instruction[][] {
  const found: Instruction[][] = [];
  for (const instruction of instructions(HUB_BUILD_CONTEXT)) {
    if (instruction[0] === 'FROM') found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
}

/** An environment that sees the packages of the base image. Returns the folder of its programs. */
async function baseImage(name: string): Promise<string> {
  const { python = '' } = await buildComponents({ components: [K8S_HUB] });
  const site = 'import site; print(site.getsitepackages()[0])';
  const place = join(directory, name);
  await run('python3', ['-m', 'venv', '--without-pip', place]);
  const programs = join(place, 'bin');
  const [theirs, own] = await Promise.all(
    [python, join(programs, 'python3')].map(async (each) => (await run(each, ['-c', site])).stdout.trim()),
  );
  await writeFile(join(own ?? '', 'base-image.pth'), `${theirs}\n`);
  return programs;
}

/** Runs a stage's COPY and RUN instructions in a folder, with `/wheels` below the test's own. */
async function build(stage: readonly Instruction[], folder: string, programs: string): Promise<string> {
  const env = { ...process.env, PATH: `${programs}:${process.env['PATH']}`, VIRTUAL_ENV: dirname(programs) };
  const allowed = allowedInBuild(HUB_BUILD_CONTEXT);
  let output = '';
  for (const [name, text] of stage) {
    if (name === 'COPY') {
      const words = text.split(' ');
      const target = words.at(-1) ?? '';
      for (const source of words.slice(0, -1)) {
        if (!allowed.includes(source)) throw new Error(`.dockerignore keeps ${source} out of the build`);
        const place = target.endsWith('/') ? join(folder, target, source) : join(folder, target);
        await cp(join(HUB_BUILD_CONTEXT, source), place, { recursive: true });
      }
    }
    if (name === 'RUN') {
      const command = text.replace(/^--mount=\S+ +/, '').replaceAll('/wheels', join(directory, 'wheels'));
      output += (await run('sh', ['-ec', command], { cwd: folder, env })).stdout;
    }
  }
  return output;
}

test('the image is built of the base image and the plugins, which get along', async () => {
  const [first = [], second = []] = stages();
  const [building, final] = await Promise.all([baseImage('build'), baseImage('final')]);
  const [one, other] = [join(directory, 'context'), join(directory, 'root')];
  await Promise.all([one, other].map((folder) => mkdir(folder)));
  await build(first, one, building);
  const output = await build(second, other, final);
  expect(output).toContain('Successfully installed nublado-hub-');
  expect(output).toContain('No broken requirements found.');
  const script = [
    'from importlib.metadata import entry_points',
    'for group in ("jupyterhub.spawners", "jupyterhub.authenticators"):',
    '    for point in entry_points(group=group):',
    '        if point.dist.name == "nublado-hub": print(point.load().__name__)',
  ].join('\n');
  const { stdout } = await run(join(final, 'python3'), ['-c', script]);
  expect(stdout.trim().split('\n')).toEqual(['NubladoSpawner', 'GafaelfawrAuthenticator']);
  const help = await run(join(final, 'nublado-hub-standby'), ['--help']);
  expect(help.stdout).toContain('usage: nublado-hub-standby');
});

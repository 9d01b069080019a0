import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCommand } from './command';
import { PYTHON_VERSION, type PythonComponent, type PythonProject } from './components';

/**
 * Creates a virtual environment with the required packages in the folder `output`. The folder can be moved if
 * programs are started as modules of its interpreter.
 */
export async function buildWithPython({ requirements }: PythonComponent, output: string): Promise<void> {
  const options = { cwd: output, env: process.env };
  await runCommand('python3', ['-m', 'venv', output], options);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--no-deps'];
  await runCommand(join(output, 'bin', 'python'), [...pip, `--requirement=${requirements}`], options);
}

/** Installs a project with its entry points into the folder `output`, for `PYTHONPATH`. */
export async function installProject(
  { project }: PythonProject,
  python: string,
  output: string,
): Promise<void> {
  const pip = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--no-deps',
    '--no-index',
  ];
  const args = [...pip, '--no-build-isolation', `--target=${output}`, project];
  await runCommand(python, args, { cwd: output, env: process.env });
}

/** @throws Error with advice if Python is missing or too old. */
export async function checkPython(): Promise<void> {
  const advice =
    `Python ${PYTHON_VERSION} or later is needed for the stack's JupyterHub, with its module venv: ` +
    'install it with your package manager, and put "python3" on the PATH';
  const script = 'import ensurepip, sys, venv; print(*sys.version_info[:2])';
  const version = await promisify(execFile)('python3', ['-c', script], { env: process.env }).then(
    ({ stdout }) => stdout,
    () => {
      throw new Error(advice);
    },
  );
  const [major, minor] = version.trim().split(' ').map(Number);
  const [neededMajor, neededMinor] = PYTHON_VERSION.split('.').map(Number);
  if (major !== neededMajor || (minor ?? 0) < (neededMinor ?? 0)) {
    throw new Error(`Python ${version.trim().replace(' ', '.')} is too old. ${advice}`);
  }
}

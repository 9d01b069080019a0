import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { aDirectory, contentsOf, IS_ROOT, withFiles, withoutRoot } from '../directories';
import { aStartup, systemError } from './a-startup';

const { EDQUOT, ENOSPC, EIO } = constants.errno;

const WELCOME = 'notebooks/tutorials/welcome.md';

const fullDisk = (errno: number) => (directory: string) => {
  throw systemError(errno, join(directory, 'x'));
};

describe('a usual startup', () => {
  test('a usual startup writes only changes to the environment', async () => {
    const startup = aStartup({
      NUBLADO_TOKEN: 'gt-secret',
      JUPYTER_IMAGE_SPEC: 'r.example/lab:w_1@sha256:abc',
    });
    const lines = await startup.run();
    expect(startup.environment()).toEqual({
      CPU_COUNT: '2',
      CPU_LIMIT: '2',
      DAF_BUTLER_CACHE_DIRECTORY: '/tmp/butler_cache',
      GOTO_NUM_THREADS: '2',
      HOME: startup.home,
      IMAGE_DIGEST: 'abc',
      JUPYTER_PREFER_ENV_PATH: 'no',
      MKL_DOMAIN_NUM_THREADS: '2',
      MPI_NUM_THREADS: '2',
      NUMEXPR_MAX_THREADS: '2',
      NUMEXPR_NUM_THREADS: '2',
      OMP_NUM_THREADS: '2',
      OPENBLAS_NUM_THREADS: '2',
      RAYON_NUM_THREADS: '2',
      RUNNING_INSIDE_JUPYTERLAB: 'TRUE',
      USER: 'rachel',
    });
    expect(lines.join()).not.toContain('gt-secret');
  });

  test('a usual startup writes the command line of JupyterLab', async () => {
    const startup = aStartup();
    await startup.run();
    expect(startup.args()).toEqual([
      'jupyterhub-singleuser',
      '--ip=0.0.0.0',
      '--port=8888',
      '--no-browser',
      '--ContentsManager.allow_hidden=True',
      '--FileContentsManager.hide_globs=[]',
      '--KernelSpecManager.ensure_native_kernel=False',
      '--QtExporter.enabled=False',
      '--PDFExporter.enabled=False',
      '--WebPDFExporter.enabled=False',
      '--MappingKernelManager.default_kernel_name=lsst',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
      `--notebook-dir=${startup.home}`,
      '--log-level=INFO',
    ]);
  });

  test('a usual startup hands on debugging and the times after which idle parts are culled', async () => {
    const startup = aStartup({
      DEBUG: 'TRUE',
      NO_ACTIVITY_TIMEOUT: '432000',
      CULL_KERNEL_IDLE_TIMEOUT: '3600',
      CULL_KERNEL_CONNECTED: 'True',
      CULL_KERNEL_INTERVAL: '300',
      CULL_TERMINAL_INACTIVE_TIMEOUT: '7200',
      CULL_TERMINAL_INTERVAL: '',
    });
    await startup.run();
    expect(startup.args().slice(13)).toEqual([
      '--log-level=DEBUG',
      '--ServerApp.shutdown_no_activity_timeout=432000',
      '--MappingKernelManager.cull_idle_timeout=3600',
      '--MappingKernelManager.cull_connected=True',
      '--MappingKernelManager.cull_interval=300',
      '--TerminalManager.cull_inactive_timeout=7200',
    ]);
  });

  test('a usual startup has the same result when it is repeated', async () => {
    const site = withFiles(aDirectory(), { 'aws.ini': '[site]\nkey = 1\n', pgpass: 'h:5432:d:u:pw\n' });
    const startup = aStartup({
      AWS_SHARED_CREDENTIALS_FILE: join(site, 'aws.ini'),
      PGPASSFILE: join(site, 'pgpass'),
    });
    withFiles(startup.paths.etc, { 'skel/.bashrc': 'x', 'dircolors.ansi-universal': 'y' });
    await startup.run();
    const first = contentsOf(startup.root);
    await startup.run();
    expect(contentsOf(startup.root)).toEqual(first);
  });

  test('a usual startup leaves no trace of an interrupted one', async () => {
    const startup = aStartup();
    withFiles(startup.home, { '.nublado-space-check': 'half', '..gitconfig.nublado-new': 'half' });
    withFiles(startup.paths.startup, { '.env.json.nublado-new': '{"HO' });
    await startup.run();
    expect(Object.keys(contentsOf(startup.paths.startup))).toEqual(['args.json', 'env.json']);
    expect(Object.values(contentsOf(startup.home))).not.toContain('half');
  });

  test('a usual startup goes on where the user has a file in the place of a directory', async () => {
    const startup = aStartup();
    withFiles(startup.home, { '.jupyter': 'a file', '.ipython': 'a file', '.config': 'a file' });
    withFiles(startup.root, { 'jupyterlab/etc/20-logging.py': 'x' });
    const lines = await startup.run();
    expect(startup.environment()).not.toHaveProperty('ABNORMAL_STARTUP');
    expect(lines.filter((line) => line.startsWith('warning: '))).toHaveLength(3);
  });
});

describe('an abnormal startup', () => {
  test.each([
    ['EDQUOT', EDQUOT, 'Disk quota exceeded', 'You have used up your disk quota'],
    ['ENOSPC', ENOSPC, 'No space left on device', 'The file system is full'],
    ['EIO', EIO, 'Input/output error', 'tell the operators'],
  ])(
    'an abnormal startup for lack of space is recorded for the lab: %s',
    async (code, errno, words, advice) => {
      const startup = aStartup();
      await startup.run({ writeMegabyte: fullDisk(errno) });
      const message = `[Errno ${errno}] ${words}: '${startup.home}/x'`;
      expect(startup.environment()).toMatchObject({
        ABNORMAL_STARTUP: 'TRUE',
        ABNORMAL_STARTUP_ERRNO: String(errno),
        ABNORMAL_STARTUP_ERRORCODE: code,
        ABNORMAL_STARTUP_STRERROR: words,
        ABNORMAL_STARTUP_MESSAGE: message,
        HOME: startup.paths.temporary,
        RUNNING_INSIDE_JUPYTERLAB: 'TRUE',
      });
      expect(startup.args()).toContain(`--notebook-dir=${startup.paths.temporary}`);
      const page = readFileSync(join(startup.paths.temporary, WELCOME), 'utf8');
      expect(page).toContain(advice);
      expect(page).toContain(message);
      expect(contentsOf(startup.home)).toEqual({});
    },
  );

  test('an abnormal startup has the notice about the home directory on its page', async () => {
    const startup = aStartup();
    const notice = '> **Your home directory is full.** Remove files at https://data.example/files.\n';
    withFiles(startup.paths.startup, { 'home-space.md': notice });
    await startup.run({ writeMegabyte: fullDisk(ENOSPC) });
    expect(readFileSync(join(startup.paths.temporary, WELCOME), 'utf8')).toContain(notice.trim());
  });

  test('an abnormal startup shows its page rendered', async () => {
    const startup = aStartup();
    await startup.run({ writeMegabyte: fullDisk(ENOSPC) });
    const settings = '.jupyter/lab/user-settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings';
    expect(JSON.parse(readFileSync(join(startup.paths.temporary, settings), 'utf8'))).toEqual({
      defaultViewers: { markdown: 'Markdown Preview' },
    });
  });

  test('an abnormal startup lives in scratch space if there is some', async () => {
    const startup = aStartup();
    mkdirSync(startup.variables.SCRATCH_PATH ?? '');
    await startup.run({ writeMegabyte: fullDisk(ENOSPC) });
    const scratch = join(startup.root, 'scratch/rachel');
    expect(startup.environment()).toMatchObject({ HOME: scratch, SCRATCH_DIR: scratch });
    expect(existsSync(join(scratch, WELCOME))).toBe(true);
  });

  test.each([undefined, '', 'home/rachel'])(
    'an abnormal startup names the variable that is not usable: %s',
    async (home) => {
      const startup = aStartup({ NUBLADO_HOME: home });
      await startup.run();
      expect(startup.environment()).toEqual({
        ABNORMAL_STARTUP: 'TRUE',
        ABNORMAL_STARTUP_ERRNO: '200',
        ABNORMAL_STARTUP_ERRORCODE: 'EBADENV',
        ABNORMAL_STARTUP_STRERROR: 'Missing environment variable',
        ABNORMAL_STARTUP_MESSAGE:
          '[Errno 200] Missing environment variable: NUBLADO_HOME must be the path of a directory',
        HOME: startup.paths.temporary,
        RUNNING_INSIDE_JUPYTERLAB: 'TRUE',
      });
    },
  );

  test('an abnormal startup comes of a home directory that is not there', async () => {
    const startup = aStartup();
    rmSync(startup.home, { recursive: true });
    await startup.run();
    expect(startup.environment().ABNORMAL_STARTUP_ERRORCODE).toBe('ENOENT');
    expect(existsSync(startup.home)).toBe(false);
  });

  test('an abnormal startup comes of a home directory that may not be written to', async () => {
    const startup = aStartup();
    chmodSync(startup.home, IS_ROOT ? 0o755 : 0o555);
    for (const path of [startup.root, startup.paths.startup, startup.paths.temporary]) chmodSync(path, 0o777);
    await withoutRoot(() => startup.run());
    expect(startup.environment()).toMatchObject({
      ABNORMAL_STARTUP_ERRORCODE: 'EACCES',
      ABNORMAL_STARTUP_MESSAGE: `[Errno 13] Permission denied: '${startup.home}/.nublado-space-check'`,
    });
  });

  test('an abnormal startup comes of credentials that may not be written', async () => {
    const site = withFiles(aDirectory(), { 'aws.ini': '[site]\nkey = 1\n' });
    chmodSync(site, 0o755);
    const startup = aStartup({ AWS_SHARED_CREDENTIALS_FILE: join(site, 'aws.ini') });
    mkdirSync(join(startup.home, '.lsst'));
    chmodSync(join(startup.home, '.lsst'), IS_ROOT ? 0o755 : 0o555);
    for (const path of [startup.root, startup.home, startup.paths.startup, startup.paths.temporary]) {
      chmodSync(path, 0o777);
    }
    await withoutRoot(() => startup.run());
    expect(startup.environment()).toMatchObject({
      ABNORMAL_STARTUP_ERRORCODE: 'EACCES',
      ABNORMAL_STARTUP_MESSAGE: `[Errno 13] Permission denied: '${startup.home}/.lsst/aws.ini'`,
    });
    expect(existsSync(join(startup.home, '.gitconfig'))).toBe(false);
  });

  test('an abnormal startup is over when its cause is', async () => {
    const startup = aStartup();
    await startup.run({ writeMegabyte: fullDisk(ENOSPC) });
    await startup.run();
    expect(startup.environment()).toMatchObject({ HOME: startup.home });
    expect(startup.environment()).not.toHaveProperty('ABNORMAL_STARTUP');
  });

  test('an abnormal startup that cannot be recorded is an error', async () => {
    const startup = aStartup();
    rmSync(startup.paths.startup, { recursive: true });
    writeFileSync(startup.paths.startup, '');
    await expect(startup.run()).rejects.toThrow(/^cannot write .*args\.json: /);
  });
});

import type { Variables } from '../variables';

const FIXED_ARGUMENTS = [
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
];

const CULLING = {
  NO_ACTIVITY_TIMEOUT: 'ServerApp.shutdown_no_activity_timeout',
  CULL_KERNEL_IDLE_TIMEOUT: 'MappingKernelManager.cull_idle_timeout',
  CULL_KERNEL_CONNECTED: 'MappingKernelManager.cull_connected',
  CULL_KERNEL_INTERVAL: 'MappingKernelManager.cull_interval',
  CULL_TERMINAL_INACTIVE_TIMEOUT: 'TerminalManager.cull_inactive_timeout',
  CULL_TERMINAL_INTERVAL: 'TerminalManager.cull_interval',
} as const;

/** The command line that the lab image starts JupyterLab with. */
export function labArguments(variables: Variables, home: string): string[] {
  return [
    ...FIXED_ARGUMENTS,
    `--notebook-dir=${home}`,
    `--log-level=${variables.DEBUG ? 'DEBUG' : 'INFO'}`,
    ...Object.entries(CULLING).flatMap(([name, setting]) =>
      variables[name] ? [`--${setting}=${variables[name]}`] : [],
    ),
  ];
}

import { join } from 'node:path';
import { type BundleOptions, bundleWorkflowCode } from '@temporalio/worker';

/**
 * The SDK keeps the stack of every promise of a workflow, for the query `__stack_trace`. With the usual ten frames that
 * is a fifth of a workflow task's processor time; see `docs/decisions/0045-short-stacks.md`.
 */
const STACK_LIMIT = 'Error.stackTraceLimit = 1;';

/** Makes our dozens of modules one, so that the bundle has no code that nothing uses. */
const oneModule: BundleOptions['webpackConfigHook'] = (config) => ({
  ...config,
  optimization: {
    ...config.optimization,
    concatenateModules: true,
    providedExports: true,
    sideEffects: true,
    usedExports: true,
  },
});

/**
 * Bundles the workflows. The limit precedes the code because the SDK freezes the sandbox's globals once it has loaded
 * the bundle; on the first line it changes no line number of the source map.
 */
export async function bundleWorkflows(options: Pick<BundleOptions, 'logger'> = {}): Promise<string> {
  const workflowsPath = join(__dirname, '../src/workflows/index.ts');
  const { code } = await bundleWorkflowCode({
    ...options,
    workflowsPath,
    // Loaded once for all workflows of a worker, and frozen: see `docs/decisions/0073-shared-workflow-code.md`.
    preloadModules: [workflowsPath],
    webpackConfigHook: oneModule,
  });
  return STACK_LIMIT + code;
}

export { lab } from './lab/workflow';
export { reconcile } from './reconcile/workflow';
export { watch } from './watch/workflow';

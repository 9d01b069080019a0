export { lab } from './lab/workflow';
export { prepull } from './prepull/workflow';
export { reconcile } from './reconcile/workflow';
export { watch } from './watch/workflow';

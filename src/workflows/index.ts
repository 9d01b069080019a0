export { lab } from './lab/workflow';
export { watch } from './watch/workflow';

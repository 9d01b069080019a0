export { imageCatalogue } from './image-catalogue/workflow';
export { lab } from './lab/workflow';
export { prepull } from './prepull/workflow';
export { reconcile } from './reconcile/workflow';
export { reconciliationRecord } from './reconciliation-record/workflow';
export { refreshImages } from './refresh-images/workflow';
export { watch } from './watch/workflow';

/*
 * The SDK formats a stack trace for every promise that a workflow makes, for its query `__stack_trace`, with each frame
 * looked up in the source map. By default that is ten frames, and a quarter of the processor time of a lab's workflow.
 */
Error.stackTraceLimit = 2;

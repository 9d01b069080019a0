export { fsadmin } from './fsadmin/workflow';
export { imageCatalogue } from './image-catalogue/workflow';
export { lab } from './lab/workflow';
export { prepull } from './prepull/workflow';
export { reconcile } from './reconcile/workflow';
export { reconciliationRecord } from './reconciliation-record/workflow';
export { refreshImages } from './refresh-images/workflow';
export { watch } from './watch/workflow';

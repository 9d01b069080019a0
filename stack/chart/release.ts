/** Name of the chart's release on a stack. */
export const RELEASE = 'nublado';

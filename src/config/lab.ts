import { labFields } from './lab-fields';
import { labViolations } from './lab-rules';
import { inMs } from './section';

/** Everything about the labs that users spawn. */
export const lab = labFields
  .superRefine((fields, context) => {
    for (const { path, message } of labViolations(fields)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .transform(inMs('activityInterval', 'deleteTimeout', 'spawnTimeout', 'reconcileInterval'));

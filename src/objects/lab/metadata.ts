import { type LabKey, metadataOfLab } from '../../domain/lab-key';
import { ARGO_ANNOTATIONS, argoLabels, CATEGORY_LABEL, commonLabels, type SetMetadata } from '../labels';

/** The lab and the spawn that a set of objects belongs to. */
export interface LabIdentity {
  readonly username: LabKey;
  /** A valid label value. */
  readonly operationId: string;
  /** The Argo CD application that shows the objects, if any. */
  readonly application: string | null;
  /** Further labels; they never replace the controller's own. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The metadata that all objects of a lab have. */
export function labMetadata({ username, operationId, application, labels }: LabIdentity): SetMetadata {
  const identity = metadataOfLab(username);
  return {
    labels: {
      ...labels,
      ...commonLabels('lab', operationId, identity.labels),
      ...argoLabels(application),
    },
    defaultAnnotations: ARGO_ANNOTATIONS,
    annotations: identity.annotations,
  };
}

/** The labels that select the objects of one lab. */
export function labSelector(lab: LabKey): Record<string, string> {
  return { [CATEGORY_LABEL]: 'lab', ...metadataOfLab(lab).labels };
}

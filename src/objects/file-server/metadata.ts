import { metadataOfLab } from '../../domain/lab-key';
import { ARGO_ANNOTATIONS, argoLabels, CATEGORY_LABEL, commonLabels, type SetMetadata } from '../labels';

/** The file server and the creation that a set of objects belongs to. */
interface FileServerIdentity {
  readonly username: string;
  /** A valid label value. */
  readonly operationId: string;
  /** The Argo CD application that shows the objects, if any. */
  readonly application: string | null;
}

/** The metadata that all objects of a file server have. */
export function fileServerMetadata(identity: FileServerIdentity): SetMetadata {
  const { labels, annotations } = templateMetadata(identity);
  return {
    labels: { ...labels, ...argoLabels(identity.application) },
    defaultAnnotations: ARGO_ANNOTATIONS,
    annotations,
  };
}

/** The metadata of what other controllers make for a file server: its pod, and the Ingress that Gafaelfawr makes. */
export function templateMetadata({
  username,
  operationId,
}: Pick<FileServerIdentity, 'username' | 'operationId'>): Pick<SetMetadata, 'labels' | 'annotations'> {
  // An object says whose it is in one way, whether it is of a lab or of a file server.
  const { labels, annotations } = metadataOfLab(username);
  return { labels: commonLabels('fileserver', operationId, labels), annotations };
}

/** The labels that select a user's file server. */
export function fileServerLabels(username: string): Record<string, string> {
  return { [CATEGORY_LABEL]: 'fileserver', ...metadataOfLab(username).labels };
}

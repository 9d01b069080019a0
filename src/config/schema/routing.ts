import * as z from 'zod';
import { optionalText } from './resources';
import { filledText, kubernetesName, textMap } from './scalars';
import { section, variants } from './section';

const annotations = (of: string) =>
  textMap().prefault({}).describe(`Annotations of ${of}, such as limits of an ingress controller.`);

const gafaelfawr = z.strictObject({
  type: z
    .literal('gafaelfawr')
    .describe('A GafaelfawrIngress, of which Gafaelfawr makes an Ingress that authenticates users.'),
  annotations: annotations('the Ingress'),
});

const ingress = z.strictObject({
  type: z.literal('ingress').describe('An Ingress; the file server itself authenticates users.'),
  className: optionalText().describe("Class of the Ingress; null for the cluster's default."),
  tlsSecretName: optionalText().describe(
    "Secret with the certificate of the platform's host, in the namespace of the file servers; null for the ingress controller's default.",
  ),
  annotations: annotations('the Ingress'),
});

const parentRef = section({
  name: filledText().describe('Name of the Gateway.'),
  namespace: kubernetesName()
    .nullable()
    .prefault(null)
    .describe('Its namespace; null for that of the file servers.'),
  sectionName: optionalText().describe('One of its listeners; null for all that fit.'),
});

const httpRoute = z.strictObject({
  type: z
    .literal('httpRoute')
    .describe('An HTTPRoute of the Gateway API; the file server itself authenticates users.'),
  parentRefs: z
    .array(parentRef)
    .describe(
      'Gateways that serve the file servers, at least one; their listeners must admit the namespace.',
    ),
  annotations: annotations('the HTTPRoute'),
});

/** How requests reach the file servers of users. */
export const routing = variants([gafaelfawr, ingress, httpRoute]).prefault({ type: 'gafaelfawr' });

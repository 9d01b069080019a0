import type { Violation } from '../checker';
import type { HubServer } from './jupyterhub';

/** State of one user's lab in JupyterHub, its proxy and the lab itself. */
export interface HubFact {
  readonly username: string;
  /** The hub's record, null without one. */
  readonly server: HubServer | null;
  /** Target of the proxy's route, null without a route. */
  readonly route: string | null;
  /** The address that answers the user's request through the ingress, null without an answer. */
  readonly answeredBy: string | null;
}

/** State of the same lab in the controller's answer; null without a lab. */
export interface LabFact {
  readonly username: string;
  readonly status: string | null;
  readonly internalUrl: string | null;
}

/** Whether neither the hub nor the controller has an operation in progress on this lab. */
export function isAtRest({ server }: HubFact, { status }: LabFact): boolean {
  return (
    (server === null || (server.isReady && server.pending === null)) &&
    (status === null || status === 'running' || status === 'failed')
  );
}

/** Compares a hub at rest with the controller. Without violations both have the same labs, and users reach theirs. */
export function hubViolationsOf(hub: readonly HubFact[], labs: readonly LabFact[]): Violation[] {
  const byUser = new Map(labs.map((lab) => [lab.username, lab]));
  return hub.flatMap((fact) => {
    const lab = byUser.get(fact.username);
    const isThere = lab !== undefined && lab.status !== null;
    if (fact.server === null) return [...(isThere ? [unknownToHub(lab)] : []), ...leftovers(fact)];
    return isThere ? disagreements(fact, fact.server, lab) : [untrue(fact, 'a server without a lab')];
  });
}

const unknownToHub = ({ username, status }: LabFact): Violation => ({
  kind: 'orphaned',
  username,
  message: `the hub knows nothing of a lab that is ${status}`,
});

const untrue = ({ username }: HubFact, message: string): Violation => ({ kind: 'untrue', username, message });

function leftovers(fact: HubFact): Violation[] {
  return [
    ...(fact.route === null ? [] : [untrue(fact, `a route to ${fact.route} without a server`)]),
    ...(fact.answeredBy === null ? [] : [untrue(fact, `${fact.answeredBy} answers without a server`)]),
  ];
}

function disagreements(fact: HubFact, server: HubServer, { status, internalUrl }: LabFact): Violation[] {
  const { route, answeredBy } = fact;
  const lab = internalUrl === null ? null : new URL(internalUrl);
  return [
    ...(server.isReady && server.pending === null ? [] : [untrue(fact, `not ready at the hub`)]),
    ...(status === 'running' ? [] : [untrue(fact, `a server whose lab is ${status}`)]),
    ...(server.internalUrl === internalUrl
      ? []
      : [untrue(fact, `at ${server.internalUrl} by the hub, at ${internalUrl} by the controller`)]),
    ...(route === (lab?.origin ?? null) ? [] : [untrue(fact, `a route to ${route}`)]),
    ...(answeredBy === (lab?.hostname ?? null) ? [] : [untrue(fact, `answered by ${answeredBy}`)]),
  ];
}

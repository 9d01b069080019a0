import type { ClaimObservation } from './messages';

/** The steps of a claim's life that would touch Kubernetes. */
export interface ClaimActivities {
  /** Returns the UID of the claim. */
  createClaim(id: string): Promise<string>;
  readClaim(id: string): Promise<ClaimObservation | null>;
  deleteClaim(id: string): Promise<void>;
}

/** The claims of a cluster in memory. */
export class FakeClaims {
  private readonly claims = new Map<string, ClaimObservation>();
  /** Whether new claims are bound at once. */
  bindsAtOnce = false;

  find(id: string): ClaimObservation | null {
    return this.claims.get(id) ?? null;
  }

  /** Binds a claim without telling anyone; returns its new state. */
  bind(id: string): ClaimObservation {
    const known = this.claims.get(id);
    if (!known) throw new Error(`there is no claim ${id}`);
    const resourceVersion = String(Number(known.resourceVersion) + 1);
    const bound = { ...known, resourceVersion, phase: 'Bound' } as const;
    this.claims.set(id, bound);
    return bound;
  }

  readonly activities: ClaimActivities = {
    createClaim: async (id) => {
      const uid = `uid-of-${id}`;
      this.claims.set(id, { uid, resourceVersion: '1', spawnId: id, phase: 'Pending' });
      if (this.bindsAtOnce) this.bind(id);
      return uid;
    },
    readClaim: async (id) => this.find(id),
    deleteClaim: async (id) => {
      this.claims.delete(id);
    },
  };
}

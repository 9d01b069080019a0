/** An amount of compute: `cpu` in cores, `memory` in bytes. */
export interface ResourceAmount {
  readonly cpu: number;
  readonly memory: number;
}

/** Kubernetes resource limits and requests of a lab. */
export interface LabResources {
  readonly limits: ResourceAmount;
  readonly requests: ResourceAmount;
}

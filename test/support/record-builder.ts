import { type LabRecord, type LabStatus, type Operation, pendingRecord } from '../../src/domain/lab';
import type { ProvenAddress } from '../../src/domain/lab-address';
import { labUrl } from '../../src/domain/lab-address';
import { AN_INSTANT, aPlan } from './builders';

/** A published lab record that reads as a sentence. */
export class RecordBuilder implements LabRecord {
  readonly user: LabRecord['user'];
  readonly options: LabRecord['options'];
  readonly namespace: string;
  readonly status: LabStatus | null;
  readonly internalUrl: string | null;
  readonly address?: ProvenAddress;
  readonly resources: LabRecord['resources'];
  readonly quota: LabRecord['quota'];
  readonly failure: LabRecord['failure'];
  readonly operation: Operation;
  readonly since: string;
  readonly startedAt: string | null;
  readonly end: LabRecord['end'];
  readonly obstacle?: string | undefined;

  constructor(record: LabRecord) {
    this.user = record.user;
    this.options = record.options;
    this.namespace = record.namespace;
    this.status = record.status;
    this.internalUrl = record.internalUrl;
    if (record.address) this.address = record.address;
    this.resources = record.resources;
    this.quota = record.quota;
    this.failure = record.failure;
    this.operation = record.operation;
    this.since = record.since;
    this.startedAt = record.startedAt;
    this.end = record.end;
    this.obstacle = record.obstacle;
  }

  /** The same user's next spawn. */
  spawning(operationId: string): RecordBuilder {
    return this.with({
      status: 'pending',
      internalUrl: null,
      failure: null,
      operation: { id: operationId, kind: 'spawn' },
    });
  }

  running(podIp = '10.0.0.1'): RecordBuilder {
    return this.with({ status: 'running', internalUrl: labUrl(podIp, {}) });
  }

  terminating(operationId: string): RecordBuilder {
    const operation = { id: operationId, kind: 'delete' } as const;
    return this.with({ status: 'terminating', internalUrl: null, failure: null, operation });
  }

  terminated(): RecordBuilder {
    return this.with({ status: 'terminated', internalUrl: null });
  }

  failed(message = 'Lab spawn timed out after 600s'): RecordBuilder {
    const failure = { reason: 'SpawnTimeout', message } as const;
    return this.with({ status: 'failed', internalUrl: null, failure });
  }

  gone(): RecordBuilder {
    return this.with({ status: null });
  }

  private with(changes: Partial<LabRecord>): RecordBuilder {
    return new RecordBuilder({ ...this, ...changes });
  }
}

/** The record of a lab whose spawn was just accepted. */
export function aRecord(username = 'rachel', operationId = 'spawn-0'): RecordBuilder {
  return new RecordBuilder(pendingRecord(aPlan(username), { id: operationId, kind: 'spawn' }, AN_INSTANT));
}

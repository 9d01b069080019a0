import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { HISTORIES } from '../support/history-recorder';

type History = temporal.api.history.v1.IHistory;

/** The part of protobufjs that reads protobuf's own JSON. */
interface ProtoJson {
  fromJson(type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }): History | null;
}

/**
 * Reads history JSON as `temporal workflow show` and the Web UI write it. The SDK does the same only where all
 * its packages share one copy of protobufjs, so this takes the copy that the message types were made with.
 */
export function parseHistory(text: string): History {
  const protoJson = createRequire(require.resolve('@temporalio/proto'))(
    'protobufjs/ext/protojson',
  ) as ProtoJson;
  const history = protoJson.fromJson(temporal.api.history.v1.History, JSON.parse(text), {
    ignoreUnknownFields: true,
  });
  if (!history) throw new Error('no history');
  return history;
}

/** The text of a recorded history. */
export function savedHistory(name: string): string {
  return readFileSync(join(HISTORIES, `${name}.json`), 'utf8');
}

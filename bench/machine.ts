import { cpus, totalmem } from 'node:os';

/** Machine and date of a measurement. */
export function describeMachine() {
  const shape = {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    measuredAt: new Date().toISOString(),
  };
  const { processors, model, memoryGiB, node } = shape;
  return { ...shape, summary: `${processors} × ${model}, ${memoryGiB} GiB, Node.js ${node}` };
}

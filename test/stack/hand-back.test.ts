import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildComponents } from '../../stack/build';
import { aReferenceLab } from '../objects/reference-lab';
import { type Chart, ROOT, theChart } from '../support/chart';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';

/** The commands of the migration page that give labs the Services which the original asks for. */
const [, script = ''] =
  /```sh\n( +kubectl get pods .*?)```/s.exec(readFileSync(join(ROOT, 'docs/migration.md'), 'utf8')) ?? [];

const username = `back-${randomBytes(4).toString('hex')}`;
const lab = aReferenceLab(username);
const namespace = lab.namespace.metadata.name;

let chart: Chart;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
  chart = await theChart();
  chart.apply([{ apiVersion: 'v1', kind: 'Namespace', ...lab.namespace }, lab.environment]);
  // A pod is refused until its namespace has the default service account.
  await eventually(
    () => Promise.resolve(chart.kubectl(['apply', '--filename=-'], JSON.stringify(lab.pod)).errors),
    (errors) => errors === '',
  );
});

afterAll(() => {
  chart.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  rmSync(home, { recursive: true });
});

/** Runs the commands for this user's lab only, since other tests have labs on the same stack. */
async function run(): Promise<void> {
  const { kubectl = '' } = await buildComponents();
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', script.replace('category=lab', `category=lab,nublado.lsst.io/user=${username}`)],
    {
      encoding: 'utf8',
      env: {
        PATH: `${dirname(kubectl)}${delimiter}${process.env['PATH']}`,
        KUBECONFIG: theStack().kubernetes.adminKubeconfig,
        // For the cache of kubectl, which is otherwise kept in the working directory.
        HOME: home,
      },
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

/** The Service `lab`, as far as the original relies on it. */
function service(): unknown {
  const { output } = chart.kubectl(['--namespace', namespace, 'get', 'service', 'lab', '--output=json']);
  const { spec, metadata } = JSON.parse(output);
  return {
    uid: metadata.uid,
    selector: spec.selector,
    port: spec.ports[0].port,
    target: spec.ports[0].targetPort,
  };
}

test('labs without a Service get the one that the original asks for, and others keep theirs', async () => {
  expect(script).toContain('expose pod');
  await run();
  const made = service();
  expect(made).toMatchObject({ selector: lab.pod.metadata?.labels, port: 8888, target: 8888 });
  await run();
  expect(service()).toEqual(made);
});

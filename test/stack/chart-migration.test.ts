import { type Chart, manifestsIn, theChart, valuesText } from '../support/chart';
import { siteReport } from '../unit/migration/sites';

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

/** The host of a site whose deployment tool gives it. */
const GLOBAL = {
  host: 'data.example.org',
  baseUrl: 'https://data.example.org',
  repertoireUrl: 'https://data.example.org/repertoire',
};

test.each(['observatory', 'plain'])(
  'Helm and the API server take what becomes of the values of the site %s',
  (site) => {
    const values = valuesText({ global: GLOBAL, ...siteReport(site).result });
    expect(chart.lint(values)).toMatchObject({ isSuccess: true, errors: '' });
    const { output, errors } = chart.render(values);
    expect(errors).toBe('');
    // Those whose definition or namespace the stack does not have.
    const known = manifestsIn(output).filter(
      ({ kind, metadata }) => kind !== 'GafaelfawrServiceToken' && metadata.namespace !== 'fileservers',
    );
    const kinds = known.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['Deployment', 'GafaelfawrIngress', 'Service']));
    const list = { apiVersion: 'v1', kind: 'List', items: known };
    const { names, errors: refusals } = chart.dryRun(JSON.stringify(list));
    expect(refusals).toBe('');
    expect(names).toHaveLength(known.length);
  },
);

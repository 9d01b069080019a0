import { countRequests } from '../../../../bench/versus/requests';

const METRICS = `# TYPE apiserver_flowcontrol_dispatched_requests_total counter
apiserver_flowcontrol_dispatched_requests_total{flow_schema="versus-system-serviceaccount-nublado-reference",priority_level="workload-low"} 41
apiserver_flowcontrol_dispatched_requests_total{flow_schema="versus-nublado-controller",priority_level="workload-low"} 1.2e+03
apiserver_flowcontrol_dispatched_requests_total{flow_schema="versus-nublado-controller",priority_level="catch-all"} 1
apiserver_flowcontrol_rejected_requests_total{flow_schema="versus-nublado-controller",priority_level="workload-low"} 7
`;

test.each([
  ['nublado-controller', 1_201],
  ['system:serviceaccount:nublado:reference', 41],
  ['hub', 0],
])('the requests of %s are those of its own rule', (user, count) => {
  expect(countRequests(METRICS, user)).toBe(count);
});

import { plainAnswer } from '../../../src/kubernetes/error-answer';
import { errorFromAnswer } from '../../../src/kubernetes/errors';

test.each([
  ['plain text', '404 page not found\n', '404 page not found'],
  [
    'a page with a title that its text repeats',
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.25.3</center>\r\n</body>\r\n</html>\r\n',
    '502 Bad Gateway nginx/1.25.3',
  ],
  [
    'a page whose text says more than its title',
    '<!DOCTYPE html><html><head><title>Request Rejected</title></head><body>The requested URL was rejected.<br><br>Your support ID is: &lt;1234&gt;</body></html>',
    'Request Rejected: The requested URL was rejected. Your support ID is: <1234>',
  ],
  ['a page with only a title', '<title>Access denied</title>', 'Access denied'],
  [
    'a page with scripts and styles',
    '<html><style>h1 { color: red }</style><script>if (1 > 0) alert("x")</script><h1>Blocked</h1></html>',
    'Blocked',
  ],
  ['JSON of another server', '{"code": 16, "message": "no healthy upstream"}', 'no healthy upstream'],
  [
    'several lines and what cannot be printed',
    'upstream\tconnect\r\nerror\u0000\uFFFD !',
    'upstream connect error !',
  ],
])('of %s the words are shown, in one line', (_, body, words) => {
  expect(plainAnswer(body)).toBe(words);
});

test.each([
  ['an empty answer', ''],
  ['JSON without a message', '{"token": "hunter2"}'],
  ['a page without text', '<html><body></body></html>'],
  ['no text', undefined],
])('%s has no words', (_, body) => {
  expect(plainAnswer(body)).toBe('');
});

test.each([
  ['a bearer token', 'denied: Authorization: Bearer abcdefghijklmnop'],
  ['a service account’s token', 'cannot verify eyJhbGciOiJSUzI1NiJ9.abcdefghijklmnop.qrstuv'],
  ['a user’s token', '<html><p>gt-abcdefghijklmnop.abcdefghijklmnop is unknown</p></html>'],
])('%s in an answer is not shown', (_, body) => {
  expect(plainAnswer(body)).toContain('[redacted]');
  expect(plainAnswer(body)).not.toContain('abcdefghijklmnop');
});

test('an answer of any length gives words of bounded length', () => {
  expect(plainAnswer('no way '.repeat(1_000_000)).length).toBeLessThanOrEqual(500);
  expect(plainAnswer(`<html>${'<b>no way'.repeat(1_000_000)}`).length).toBeLessThanOrEqual(500);
});

const request = { verb: 'create', kind: 'pods', namespace: 'lab-rachel', name: 'rachel-nb' };

test('an error holds the words of an answer that is no Status', () => {
  const error = errorFromAnswer(request, 400, 'request body too large for this proxy');

  expect(error).toMatchObject({ reason: null, detail: 'request body too large for this proxy' });
  expect(error.message).toBe('create pods lab-rachel/rachel-nb: 400: request body too large for this proxy');
});

test.each([
  ['a Secret', { ...request, kind: 'secrets' }],
  ['nothing that is known', { verb: 'request', kind: 'unknown', namespace: null, name: null }],
])('an answer that is no Status, about %s, is not repeated', (_, about) => {
  expect(errorFromAnswer(about, 400, 'bad value hunter2').detail).toBe('');
});

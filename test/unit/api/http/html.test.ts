import { html, toText } from '../../../../src/api/http/html';

test('markup of the template stays and values are escaped', () => {
  const name = `<b class="x" id='y'>&amp;</b>`;

  expect(toText(html`<p title="${name}">${name}</p>`)).toBe(
    '<p title="&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;">' +
      '&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;</p>',
  );
});

test('markup in markup is not escaped again', () => {
  const items = ['1 < 2', '&'].map((text) => html`<li>${text}</li>`);

  expect(toText(html`<ul>${items}</ul>`)).toBe('<ul><li>1 &lt; 2</li><li>&amp;</li></ul>');
});

test('a list of texts is escaped text by text', () => {
  expect(toText(html`${['<', 7, ['>']]}`)).toBe('&lt;7&gt;');
});

test('an object that looks like markup is not taken for it', () => {
  const forged = JSON.parse(JSON.stringify({ markup: '<script>', text: '<script>' }));

  expect(() => toText(html`${forged}`)).toThrow(TypeError);
});

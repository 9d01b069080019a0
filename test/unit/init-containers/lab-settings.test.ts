import { parseSettings } from '../../../src/init-containers/lab-settings';

test.each([
  ['remarks', '// one\n{ /* two */ "a": 1, } /***/', { a: 1 }],
  [
    'what looks like remarks inside strings',
    '{"a": "// no /* remark */ ,]\\"", }',
    { a: '// no /* remark */ ,]"' },
  ],
  ['nothing', ' // nothing', {}],
])('settings with %s are read', (_what, text, settings) => {
  expect(parseSettings(text)).toEqual(settings);
});

test.each(['{} /* without an end', '{} /*/', '{"a": "without an end', '[1]', '{"a" 1}'])(
  '%j is no settings',
  (text) => {
    expect(parseSettings(text)).toBeNull();
  },
);

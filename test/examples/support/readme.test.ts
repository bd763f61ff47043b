import { describe, expect, test } from 'vitest';
import { patternOf, stepsOf } from './readme.js';

const README = `# An example

\`\`\`
a picture
\`\`\`

\`\`\`sh
npx colocal up                       # terminal 1
npx colocal agent run --token "$(x)" \\
  --location NRT                     # terminal 2
\`\`\`

\`\`\`sh
# Who answers?
curl http://127.0.0.1:8080/
\`\`\`

Somebody:

\`\`\`text
hello
\`\`\`

\`\`\`sh
# Ctrl-C in terminal 2
true
\`\`\`
`;

describe('the steps of a README', () => {
  test('are its sh blocks in order, each with what it prints', () => {
    expect(stepsOf(README)).toEqual([
      { kind: 'start', terminal: 1, command: 'npx colocal up' },
      { kind: 'start', terminal: 2, command: 'npx colocal agent run --token "$(x)" --location NRT' },
      { kind: 'run', script: '# Who answers?\ncurl http://127.0.0.1:8080/', output: 'hello\n' },
      { kind: 'stop', terminal: 2 },
      { kind: 'run', script: 'true', output: '' },
    ]);
  });

  test('are none without blocks', () => {
    expect(stepsOf('# Words\n')).toEqual([]);
  });

  test.each([
    ['nothing', '```text\nhello\n```\n'],
    ['what stays', '```sh\nnpx colocal up # terminal 1\n```\n```text\nhello\n```\n'],
    ['another one', '```sh\nls\n```\n```text\na\n```\n```text\nb\n```\n'],
  ])('have no text block that follows %s', (_what, readme) => {
    expect(() => stepsOf(readme)).toThrow(/a text block follows a script/);
  });
});

describe('what a README says that is printed', () => {
  test.each([
    ['hello\n', 'hello\n'],
    ['a="...", b="1"\n', 'a="x", b="1"\n'],
    ['tail ...\n', 'tail of (it)\n'],
    ['first\n...\nlast\n', 'first\nlast\n'],
    ['first\n...\nlast\n', 'first\n1\n\n2\nlast\n'],
    ['...\nlast\n', 'first\nlast\n'],
    ['first\n...\n', 'first\n1\n2\n'],
    ['', ''],
  ])('%j fits %j', (told, printed) => {
    expect(printed).toMatch(patternOf(told));
  });

  test.each([
    ['hello\n', 'hello\nand more\n'],
    ['hello\n', 'oh, hello\n'],
    ['a.b\n', 'axb\n'],
    ['a="...", b="1"\n', 'a="x", b="2"\n'],
    ['a ... b\n', 'a \n b\n'],
    ['first\n...\nlast\n', 'last\nfirst\n'],
    ['', 'something\n'],
  ])('%j does not fit %j', (told, printed) => {
    expect(printed).not.toMatch(patternOf(told));
  });
});

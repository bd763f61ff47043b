import { expect, test } from 'vitest';
import { describeError } from '../../../runtime/errors.js';
import { portInUse } from '../../../runtime/listen-failure.js';
import { processEnded } from './process-ended.js';

test('a process of the demo that ended is named first, then what it wrote last', () => {
  const error = processEnded({ name: 'edge', how: 'exit code 1', output: ['one', 'two'] });
  expect(describeError(error).split('\n')).toEqual([
    'colocal: edge ended (exit code 1) [DEMO_PROCESS_ENDED]',
    '  put right what its last output names, and start the demo again:',
    '    one',
    '    two',
  ]);
});

test('one that found its port in use names the port to free, and no file inside the package to edit', () => {
  const busy = portInUse({ name: 'traffic https', address: '127.0.0.1:8443', flag: 'listen.https' });
  const output = ['something else', ...describeError(busy).split('\n')];
  expect(describeError(processEnded({ name: 'edge', how: 'exit code 1', output })).split('\n')).toEqual([
    'colocal: edge ended (exit code 1) [DEMO_PROCESS_ENDED]',
    '  stop what listens on 127.0.0.1:8443, and start the demo again; edge said:',
    '    colocal: the traffic https listener cannot open 127.0.0.1:8443: the port is in use [PORT_IN_USE]',
  ]);
});

test('one that ended without a word is said to', () => {
  const error = processEnded({ name: 'origin tokyo-app', how: 'SIGKILL', output: [''] });
  expect(error.fix).toBe('it wrote nothing; start the demo again');
});

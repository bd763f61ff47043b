import { describe, expect, test } from 'vitest';
import { createLog } from './log.js';

function lines() {
  const written: string[] = [];
  return { written, destination: { write: (text: string) => void written.push(text) } };
}

describe('log', () => {
  test('writes one JSON object a line, in order, without the host or the process id', async () => {
    const { written, destination } = lines();
    const log = createLog({ destination });
    log.info({ tunnel: 'tokyo' }, 'connected');
    log.warn('careful');
    await log.flush();
    log.error({ code: 7 }, 'broken');
    const parsed = written.map((line) => JSON.parse(line));
    expect(parsed.map(({ time: _, ...rest }) => rest)).toEqual([
      { level: 30, tunnel: 'tokyo', msg: 'connected' },
      { level: 40, msg: 'careful' },
      { level: 50, code: 7, msg: 'broken' },
    ]);
  });

  test('drops what is below its level', async () => {
    const { written, destination } = lines();
    const log = createLog({ level: 'warn', destination });
    log.debug('no');
    log.info('no');
    log.warn('yes');
    await log.flush();
    expect(written).toHaveLength(1);
    const silent = createLog({ level: 'silent', destination });
    silent.error('no');
    await silent.flush();
    expect(written).toHaveLength(1);
  });

  test('is readable when it is asked to be pretty: one line each, without colours where there is no terminal', async () => {
    const { written, destination } = lines();
    const log = createLog({ format: 'pretty', destination });
    log.info({ tunnel: 'tokyo' }, 'connected');
    await log.flush();
    expect(written.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO: connected \{"tunnel":"tokyo"\}\n$/);
  });

  test('of an event only the message is for people, and its facts too for machines', async () => {
    for (const [format, expected] of [
      ['pretty', /^\[[^\]]+\] WARN: tokyo is down\n$/],
      ['json', /"tunnel":"tokyo","event":"tunnel\.down","msg":"tokyo is down"\}\n$/],
    ] as const) {
      const { written, destination } = lines();
      const log = createLog({ format, destination });
      log.warn({ tunnel: 'tokyo', event: 'tunnel.down' }, 'tokyo is down');
      await log.flush();
      expect(written.join('')).toMatch(expected);
    }
  });
});

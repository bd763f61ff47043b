import { describe, expect, test } from 'vitest';
import { dial } from '../support/client.js';
import { address, useEmulator } from '../support/emulator.js';

const HOST = 'Host: app.example.com\r\n';

describe('a request that is refused before it is handed on', () => {
  test.each([
    ['an unknown data center', `GET /a HTTP/1.1\r\n${HOST}Colocal-Colo: QQQ\r\n`, 400, /QQQ/],
    ['a client that is no address', `GET /a HTTP/1.1\r\n${HOST}Colocal-Client-IP: nobody\r\n`, 400, /nobody/],
    ['a bad Host', 'GET /a HTTP/1.1\r\nHost: a b\r\n', 400, /"a b" is not a host name/],
    ['TRACE', `TRACE /a HTTP/1.1\r\n${HOST}`, 405, /does not answer this method/],
  ])('%s: has a ray, and a record that says why', async (_what, head, status, why) => {
    const emu = await useEmulator({ config: {} });
    const socket = await dial(address(emu, 'url'));
    socket.write(`${head}Connection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    const [, ray = ''] = /^cf-ray: (\S+)\r$/im.exec(answer) ?? [];
    expect(ray).toMatch(/^[0-9a-f]{16}-NRT$/);
    expect(answer).toContain(`ray:  ${ray}`);
    expect(emu.requests.find(ray)).toMatchObject({
      status,
      path: '/a',
      dataCenter: 'NRT',
      clientIp: '127.0.0.1',
      outcome: 'complete',
      attempts: [],
      reasons: [{ step: 'ingress', outcome: 'refused', detail: expect.stringMatching(why) }],
    });
  });

  test('moves nothing of the requests that are handed on: theirs are the rays they would have had', async () => {
    const rays = async (refused: number): Promise<(string | null)[]> => {
      const emu = await useEmulator({ config: {}, seed: 7 });
      for (let count = 0; count < refused; count++) await emu.fetch('http://app.example.com/', { colo: 'QQQ' });
      const answers = [await emu.fetch('http://app.example.com/'), await emu.fetch('http://app.example.com/')];
      return answers.map((answer) => answer.headers.get('cf-ray'));
    };
    expect(await rays(3)).toEqual(await rays(0));
  });
});

import { expect, test } from 'vitest';
import { CERTIFICATE_PROBLEMS } from '../../state/fault.types.js';
import { struckRequest, turns } from '../faults.fixture.js';

const ways = (secure: boolean, verify: boolean) => ({
  path: { kind: 'public', secure } as { kind: 'public' },
  open: { verify },
});

test.each(CERTIFICATE_PROBLEMS)('%s fails where certificates are checked', async (certificate) => {
  const inputs = [{ name: 'tls', type: 'origin_wrong_certificate', certificate }] as const;
  const { send, client, asked, reasons } = struckRequest(inputs, ways(true, true));
  send();
  await turns();
  expect([client.told, asked]).toEqual([[certificate === 'none' ? 'fail tls' : 'fail certificate'], []]);
  expect(reasons).toHaveLength(1);
});

test.each(CERTIFICATE_PROBLEMS)('%s fails where they are not only when there is none', async (certificate) => {
  const inputs = [{ name: 'tls', type: 'origin_wrong_certificate', certificate }] as const;
  const { send, client, asked } = struckRequest(inputs, ways(true, false));
  send();
  await turns();
  expect([client.told, asked]).toEqual(certificate === 'none' ? [['fail tls'], []] : [[], ['GET']]);
});

test('is nothing to what is plain, nor to published applications', () => {
  const inputs = [{ name: 'tls', type: 'origin_wrong_certificate', certificate: 'none' }] as const;
  expect(struckRequest(inputs, ways(false, true)).reasons).toEqual([]);
  expect(struckRequest(inputs, { connector: 'c1', open: { verify: true } }).reasons).toEqual([]);
});

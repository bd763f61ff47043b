import { expect, test } from 'vitest';
import { explained } from './tls.js';

test('a certificate that is not trusted is said in words that help', () => {
  for (const alert of [
    '80AB:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:ssl/record/rec_layer_s3.c:1605:',
    '80AB:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:ssl/record/rec_layer_s3.c:1605:',
  ]) {
    expect(explained(alert)).toContain('--cacert');
  }
  expect(explained('read ECONNRESET')).toBe('read ECONNRESET');
});

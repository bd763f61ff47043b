import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../runtime/errors.js';
import { type ConfigurationPath, invalid } from './problem.js';

/**
 * Reads the file that `caPool` names, on the connector's machine; a relative path is from its working directory.
 *
 * @throws ConfigurationProblem when it cannot be read, or holds no certificate: cloudflared refuses it as well.
 */
export async function readCertificatePool(file: string, path: ConfigurationPath): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(path, `caPool ${file} cannot be read: ${messageOf(error)}`);
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw invalid(path, `caPool ${file} has no certificate in PEM form`);
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw invalid(path, `caPool ${file} has a certificate that cannot be read: ${messageOf(error)}`);
  }
  return blocks.join('\n');
}

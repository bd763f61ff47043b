import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type SecureContext } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KeyPair } from './certificate-authority.js';
import { createCertificates } from './certificates.js';

const DAY = 24 * 60 * 60 * 1000;
const REAL_NOW = performance.timeOrigin;
const covers = (name: string): boolean => name === 'example.com' || /^[^.]+\.example\.com$/.test(name);

/** What a client that trusts `ca` is shown for `name`; fails when it does not accept it. */
async function shown(context: SecureContext | undefined, ca: string, name: string): Promise<X509Certificate> {
  const server = createServer({ SNICallback: (_, done) => done(null, context) });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const client = connect({ host: '127.0.0.1', port, ca, servername: name });
  onTestFinished(() => void client.destroy());
  await once(client, 'secureConnect');
  const certificate = client.getPeerX509Certificate();
  if (!certificate) throw new Error('no certificate was shown');
  return certificate;
}

describe('a certificate', () => {
  test.each(['app.example.com', 'example.com', 'APP.Example.com', 'app.example.com.'])(
    'is made for the name a client asks for: %s',
    async (asked) => {
      const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW } });
      const ca = await certificates.caPem();
      const name = asked.toLowerCase().replace(/\.$/, '');
      const certificate = await shown(await certificates.contextFor(asked), ca, name);
      expect(certificate.checkHost(name)).toBe(name);
      expect(certificate.checkHost('other.example.com')).toBeUndefined();
      expect(certificate.subjectAltName).toBe(`DNS:${name}`);
      expect(certificate.ca).toBe(false);
      expect(certificate.checkIssued(new X509Certificate(ca))).toBe(true);
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
      expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    },
  );

  test('for a name longer than a common name may be is accepted as well', async () => {
    const name = `${'a'.repeat(60)}.example.com`;
    const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW } });
    const certificate = await shown(await certificates.contextFor(name), await certificates.caPem(), name);
    expect(certificate.checkHost(name)).toBe(name);
  });

  test.each(['elsewhere.test', 'a.b.example.com', '', '<script>', '10.0.0.1', '*.example.com'])(
    'is not made for a name nobody here has: %j',
    async (name) => {
      const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW } });
      expect(await certificates.contextFor(name)).toBeUndefined();
    },
  );

  test('is valid from the day before to 397 days after it is made, and renewed the day before it ends', async () => {
    let now = REAL_NOW;
    const certificates = createCertificates({ covers, clock: { now: () => now } });
    const first = await certificates.contextFor('app.example.com');
    const certificate = await shown(first, await certificates.caPem(), 'app.example.com');
    const seconds = (ms: number) => Math.floor(ms / 1000) * 1000;
    expect(Date.parse(certificate.validFrom)).toBe(seconds(now - DAY));
    expect(Date.parse(certificate.validTo)).toBe(seconds(now + 397 * DAY));
    now += 396 * DAY;
    expect(await certificates.contextFor('app.example.com')).toBe(first);
    now += 1000;
    expect(await certificates.contextFor('app.example.com')).not.toBe(first);
  });
});

describe('the certificates', () => {
  test('are made once per name, also when several clients ask at the same time', async () => {
    const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW } });
    const [a, b, other] = await Promise.all(
      ['app.example.com', 'App.example.com', 'api.example.com'].map((name) => certificates.contextFor(name)),
    );
    expect(a).toBe(b);
    expect(other).not.toBe(a);
    expect(await certificates.contextFor('app.example.com')).toBe(a);
  });

  test('are kept up to 256, the latest used ones', async () => {
    const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW } });
    const old = await certificates.contextFor('old.example.com');
    const used = await certificates.contextFor('used.example.com');
    for (let i = 0; i < 255; i++) {
      await certificates.contextFor(`n${i}.example.com`);
      if (i === 100) expect(await certificates.contextFor('used.example.com')).toBe(used);
    }
    expect(await certificates.contextFor('used.example.com')).toBe(used);
    expect(await certificates.contextFor('old.example.com')).not.toBe(old);
  });

  test('make nothing before the first is asked for', () => {
    let asked = 0;
    createCertificates({
      covers,
      clock: { now: () => ++asked },
      caStore: { load: async () => undefined, save: async () => undefined },
    });
    expect(asked).toBe(0);
  });
});

describe('the authority', () => {
  test('is one that may sign, and says what it is for', async () => {
    const ca = new X509Certificate(await createCertificates({ covers, clock: { now: () => REAL_NOW } }).caPem());
    expect(ca.subject).toBe('CN=colocal development CA');
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
  });

  test('is kept, so that who trusts it goes on trusting it', async () => {
    let kept: KeyPair | undefined;
    let saves = 0;
    const caStore = {
      load: async () => kept,
      save: async (ca: KeyPair) => {
        saves++;
        kept = ca;
      },
    };
    const first = await createCertificates({ covers, clock: { now: () => REAL_NOW }, caStore }).caPem();
    const second = createCertificates({ covers, clock: { now: () => REAL_NOW }, caStore });
    expect(await second.caPem()).toBe(first);
    expect(saves).toBe(1);
    await shown(await second.contextFor('app.example.com'), first, 'app.example.com');
  });

  test('that could not be opened is tried again', async () => {
    let fail = true;
    const caStore = {
      load: async () => {
        if (fail) throw new Error('disk is gone');
        return undefined;
      },
      save: async () => undefined,
    };
    const certificates = createCertificates({ covers, clock: { now: () => REAL_NOW }, caStore });
    await expect(certificates.contextFor('app.example.com')).rejects.toThrow('disk is gone');
    fail = false;
    expect(await certificates.contextFor('app.example.com')).toBeDefined();
  });
});

import { webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  /** PKCS #8. */
  readonly privateKey: string;
}

/** Keeps the certificate authority over restarts, so that who trusts it need not do so again. */
export interface CaStore {
  load(): Promise<KeyPair | undefined>;
  save(ca: KeyPair): Promise<void>;
}

export interface CertificateAuthority {
  readonly certificate: string;
  /** A certificate for DNS names, at least one, valid from `from` to `to` (milliseconds since the epoch). */
  issue(names: readonly string[], from: number, to: number): Promise<KeyPair>;
}

const DAY = 24 * 60 * 60 * 1000;
const CA_SUBJECT = 'CN=colocal development CA';
/** Trusted once and then forgotten: it should outlast the project somebody uses it in. */
const CA_DAYS = 3650;
/** A common name has at most 64 characters (RFC 5280, ub-common-name); clients read the alternative name anyway. */
const LONGEST_COMMON_NAME = 64;
const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** The library and its decorators take long to load, so only the first TLS use does. The metadata must come first. */
async function loadX509() {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

/** Opens the authority that `store` keeps, else makes one, valid from the day before `now`. */
export async function openCertificateAuthority(now: number, store?: CaStore): Promise<CertificateAuthority> {
  const x509 = await loadX509();

  const create = async (): Promise<KeyPair> => {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: CA_SUBJECT,
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + CA_DAYS * DAY),
      signingAlgorithm: SIGNATURE,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const made = await pairOf(certificate, keys.privateKey);
    await store?.save(made);
    return made;
  };

  const pairOf = async (certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> => ({
    certificate: certificate.toString('pem'),
    privateKey: x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY'),
  });

  const ca = (await store?.load()) ?? (await create());
  const authority = new x509.X509Certificate(ca.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(ca.privateKey),
    KEY,
    false,
    ['sign'],
  );
  const authorityKeyIdentifier = await x509.AuthorityKeyIdentifierExtension.create(authority);

  return {
    certificate: ca.certificate,
    async issue(names, from, to) {
      const [name = ''] = names;
      const keys = await generateKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: name.length <= LONGEST_COMMON_NAME ? `CN=${name}` : 'CN=colocal',
        issuer: authority.subject,
        notBefore: new Date(from),
        notAfter: new Date(to),
        signingAlgorithm: SIGNATURE,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          authorityKeyIdentifier,
        ],
      });
      return pairOf(certificate, keys.privateKey);
    },
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
}

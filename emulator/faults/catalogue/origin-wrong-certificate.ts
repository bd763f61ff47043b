import type { CertificateProblem, OriginWrongCertificate } from '../../state/fault.types.js';
import type { Failure } from '../../tunnel/connection.js';
import { failing } from '../effects/failing.js';
import type { FaultDefinition, Opening } from '../fault.types.js';

/** What is wrong, with the code that TLS libraries have for it. */
const PROBLEMS: Readonly<Record<CertificateProblem, Pick<Failure, 'kind' | 'detail' | 'code'>>> = {
  self_signed: {
    kind: 'certificate',
    detail: "the origin's certificate is self-signed",
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  expired: { kind: 'certificate', detail: "the origin's certificate has expired", code: 'CERT_HAS_EXPIRED' },
  other_name: {
    kind: 'certificate',
    detail: "the origin's certificate is for another name",
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  none: { kind: 'tls', detail: 'the origin has no certificate to show', code: 'ERR_SSL_NO_SHARED_CIPHER' },
};

/**
 * An origin that the edge speaks TLS to, with a certificate that is not good: error 526 where it is checked (ssl mode
 * `strict`, or a monitor without `allow_insecure`). Mode `full` takes any certificate, but not none: error 525.
 */
export const originWrongCertificate: FaultDefinition<OriginWrongCertificate> = {
  drawn: 'each',
  way: ({ name, certificate }) => {
    const { detail, ...problem } = PROBLEMS[certificate];
    const minds = ({ path, options }: Opening): boolean =>
      path.kind !== 'tunnel' && path.secure && (options.verify || certificate === 'none');
    return {
      replaces: 'all',
      detail,
      concerns: minds,
      strike: (opened) => failing(opened, { ...problem, detail: `${detail} (fault ${name})`, unsent: true }),
    };
  },
};

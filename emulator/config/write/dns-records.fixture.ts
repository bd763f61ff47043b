/** A valid record of every type that the account keeps (docs/reference/api.md 2.7), in parts where it has them. */
export const RECORDS = [
  { type: 'A', content: '192.0.2.1' },
  { type: 'AAAA', content: '2001:db8::1' },
  { type: 'CNAME', content: 'origin.example.net' },
  { type: 'CAA', data: { flags: 0, tag: 'issue', value: 'ca.example.net' } },
  { type: 'CERT', data: { type: 1, key_tag: 2, algorithm: 3, certificate: 'AQIDBA==' } },
  { type: 'DNSKEY', data: { flags: 257, protocol: 3, algorithm: 13, public_key: 'AQIDBA==' } },
  { type: 'DS', data: { key_tag: 1, algorithm: 13, digest_type: 2, digest: '00ff' } },
  { type: 'HTTPS', data: { priority: 1, target: '.', value: 'alpn="h2"' } },
  { type: 'HTTPS', data: { priority: 0, target: 'app.example.net', value: null } },
  {
    type: 'LOC',
    data: {
      ...{ lat_degrees: 35, lat_minutes: 41, lat_seconds: 22, lat_direction: 'N' },
      ...{ long_degrees: 139, long_minutes: 41, long_seconds: 30, long_direction: 'E' },
    },
  },
  { type: 'MX', content: 'mail.example.net', priority: 10 },
  {
    type: 'NAPTR',
    data: { order: 1, preference: 2, flags: 'S', service: 'SIP+D2U', regex: '', replacement: '_sip._udp.example.net' },
  },
  { type: 'NS', content: 'ns.example.net' },
  { type: 'OPENPGPKEY', content: 'AQIDBA==' },
  { type: 'PTR', content: 'host.example.net' },
  { type: 'SMIMEA', data: { usage: 3, selector: 1, matching_type: 1, certificate: '00ff' } },
  { type: 'SRV', data: { priority: 1, weight: 2, port: 5060, target: 'sip.example.net' } },
  { type: 'SSHFP', data: { algorithm: 4, type: 2, fingerprint: '00ff' } },
  { type: 'SVCB', data: { priority: 1, target: 'app.example.net', value: 'port="8443"' } },
  { type: 'TLSA', content: '3 1 1 00ff' },
  { type: 'TXT', content: '"v=spf1 -all" # not a comment: text' },
  { type: 'URI', data: { weight: 1, target: 'https://example.net/a' }, priority: 5 },
];

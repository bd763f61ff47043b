/** What was asked, as far as it decides about the answer. */
export interface Asked {
  /** In lower case, without the final dot. */
  readonly name: string;
  /** E.g. `A`, `SRV`; `UNKNOWN_65280` for one without a name. */
  readonly type: string;
}

export type DnsRecordData =
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly data: { readonly priority: number; readonly port: number; readonly target: string };
    }
  | { readonly type: 'TXT'; readonly data: string };

export type AnsweredRecord = DnsRecordData & {
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
};

/** Codes of RFC 1035 4.1.1 and RFC 6891 9. */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export interface Answer {
  readonly rcode: keyof typeof RCODES;
  /** None, with NOERROR: the name exists, and has nothing of the type. */
  readonly records: readonly AnsweredRecord[];
}

/** Not among the names that are answered for: whoever asks may ask another server. */
export const REFUSED: Answer = Object.freeze({ rcode: 'REFUSED', records: [] });
export const NO_SUCH_NAME: Answer = Object.freeze({ rcode: 'NXDOMAIN', records: [] });

/** A name with these records, of which those are the answer that were asked for. */
export function withRecords({ name, type }: Asked, ttl: number, has: readonly DnsRecordData[]): Answer {
  return {
    rcode: 'NOERROR',
    records: has.filter((each) => each.type === type).map((each) => ({ ...each, name, ttl })),
  };
}

import { crud } from '../../crud.js';
import type { Area } from '../../endpoint.js';
import type { Json } from '../../merge.js';
import { pageOf } from '../../paging.js';
import { batch } from './batch.js';
import { listed, QUERY } from './listed.js';
import { givenRecord, recordBody, recordResult, shownRecord, WHOLE } from './record.js';
import { notFound, refusal } from './refusal.js';

/** Records are listed a hundred at a time (docs/reference/api.md 1.4). */
const PER_PAGE = 100;

export const dnsRecords: Area = {
  title: 'DNS records',
  refusal,
  endpoints: (deps) => [
    ...crud(
      {
        kind: 'dns_records',
        noun: 'DNS record',
        path: '/zones/:zone_id/dns_records',
        body: recordBody,
        result: recordResult,
        query: QUERY,
        list: ({ dns_records }, call) => {
          const zoneId = call.param('zone_id');
          return listed(
            [...dns_records.values()].filter(({ zone_id }) => zone_id === zoneId),
            call.query,
          );
        },
        page: (records, { query }, show) => pageOf(records, query, show, PER_PAGE),
        belongs: ({ zone_id }, call) => zone_id === call.param('zone_id'),
        shown: shownRecord,
        given: (body, call) => givenRecord(body, call.param('zone_id')) as unknown as Json,
        whole: WHOLE,
        notFound,
        partly: {
          GET: 'no shadow metadata; records other than A, AAAA and CNAME have no effect',
        },
      },
      deps,
    ),
    batch(deps),
  ],
};

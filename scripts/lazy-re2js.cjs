// re2js, read when a pattern is first compiled: few configurations have one, and it would cost each start some 7 ms. The
// bundle puts it in re2js's place (bundle.ts).
Object.defineProperty(exports, 'RE2JS', { enumerable: true, get: () => require('re2js').RE2JS });

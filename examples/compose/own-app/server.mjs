import { createServer } from 'node:http';

createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`my own app, asked by ${request.headers['cf-connecting-ip'] ?? 'somebody beside it'}\n`);
}).listen(8080, '0.0.0.0');

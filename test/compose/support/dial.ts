/** A program of Node that dials a host and a port, and says `connected`, or why not. */
export const DIAL = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port: Number(port), timeout: 3000 });
  const say = (word) => { console.log(word); process.exit(); };
  socket.on('connect', () => say('connected')).on('error', (error) => say(error.code)).on('timeout', () => say('timeout'));`;

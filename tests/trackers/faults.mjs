// A web server for stand-ins of trackers, with a wire that fails on purpose.
//
//   serve({ port, handle, seed, faults, sign })
//
// `handle(request)` gets {method, path, url, query, headers, body} and gives {status, headers?, body?}, or
// a promise of it; a stand-in changes its state at once, as a tracker's database does. Between it and the client stands
// the wire: with `faults` above 0 that share of requests meets one, chosen by the seed:
//
//   reset before the request is carried out, or after it
//   500 before, or after
//   429 with Retry-After
//   an answer cut off in the middle, an answer that comes late (after others), one that never comes
//
// Paths that begin with /__ are for the test alone and never fail: GET /__faults counts those that were
// made; POST /__wire {"faults": SHARE} changes the share. What else a stand-in offers there it says itself.
import http from 'node:http';

// mulberry32: the same seed gives the same faults.
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const kinds = [
  ['reset-before', 3], ['reset-after', 3], ['500-before', 2], ['500-after', 3],
  ['429', 2], ['cut-off', 2], ['late', 3], ['stall', 0.5],
];

function pick(dice) {
  const all = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  let at = dice() * all;
  for (const [kind, weight] of kinds) {
    at -= weight;
    if (at < 0) return kind;
  }
  return 'late';
}

export function serve({ port = 0, handle, seed = 1, faults = 0, date = () => new Date() }) {
  const dice = random(seed);
  const made = {};
  let share = faults;
  const server = http.createServer((incoming, outgoing) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', async () => {
      const url = new URL(incoming.url, 'http://localhost');
      const request = {
        method: incoming.method,
        path: url.pathname,
        url: incoming.url,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(parts).toString('utf8'),
      };
      const answer = (reply, { cut = false } = {}) => {
        const body = reply.body === undefined || reply.body === null ? ''
          : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
        const headers = { date: date().toUTCString(), ...(body ? { 'content-type': 'application/json; charset=utf-8' } : {}), ...reply.headers };
        if (cut && body.length > 1) {
          outgoing.writeHead(reply.status, { ...headers, 'content-length': Buffer.byteLength(body) });
          outgoing.write(body.slice(0, Math.floor(body.length / 2)));
          setTimeout(() => incoming.socket.destroy(), 5);
          return;
        }
        outgoing.writeHead(reply.status, headers);
        outgoing.end(body);
      };
      if (request.path === '/__faults') return answer({ status: 200, body: made });
      if (request.path === '/__wire') {
        share = JSON.parse(request.body).faults;
        return answer({ status: 200, body: {} });
      }
      let kind = 'none';
      if (!request.path.startsWith('/__') && dice() < share) {
        kind = pick(dice);
        made[kind] = (made[kind] ?? 0) + 1;
      }
      let reply;
      try {
        if (kind === 'reset-before') return incoming.socket.destroy();
        if (kind === '500-before') return answer({ status: 500, body: { message: 'made to fail' } });
        if (kind === '429') return answer({ status: 429, headers: { 'retry-after': '1' }, body: { message: 'too many' } });
        reply = await handle(request);
      } catch (error) {
        console.error(`${request.method} ${request.path}: ${error.stack}`);
        return answer({ status: 599, body: { message: `bug of the stand-in: ${error.message}` } });
      }
      switch (kind) {
        case 'reset-after': return incoming.socket.destroy();
        case '500-after': return answer({ status: 500, body: { message: 'made to fail after the work' } });
        case 'cut-off': return answer(reply, { cut: true });
        case 'late': return void setTimeout(() => answer(reply), 5 + dice() * 40);
        case 'stall': return void setTimeout(() => incoming.socket.destroy(), 5000);
        default: return answer(reply);
      }
    });
  });
  server.keepAliveTimeout = 30000;
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ server, port: server.address().port })));
}

// Arguments `--name value`, and ends the process when its parent's pipe closes: a stand-in never
// outlives its test.
export function argument(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
}

export function endWithParent() {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}

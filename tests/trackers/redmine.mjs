// A wire that fails, before a real Redmine: node redmine.mjs --upstream URL --admin-key KEY --project P
// [--field ID] [--seed N] [--faults SHARE]. What is asked of the test itself (see workflow.cpp) is read
// from Redmine with the administrator's key.
import http from 'node:http';
import { argument, endWithParent, serve } from './faults.mjs';

const upstream = new URL(argument('upstream'));
const key = argument('admin-key');
const field = argument('field');
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });

function forward({ method, url, headers, body }) {
  const { host, connection, 'content-length': length, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, host: upstream.hostname, port: upstream.port, method, path: url,
        headers: { ...kept, ...(body ? { 'content-length': Buffer.byteLength(body) } : {}), 'accept-encoding': 'identity' } },
      (reply) => {
        const parts = [];
        reply.on('data', (part) => parts.push(part));
        reply.on('end', () => {
          const { 'transfer-encoding': coding, connection: way, ...told } = reply.headers;
          resolve({ status: reply.statusCode, headers: told, body: Buffer.concat(parts).toString('utf8') });
        });
      });
    request.on('error', reject);
    request.end(body);
  });
}

async function ask(method, url, body) {
  const reply = await forward({
    method, url, body: body && JSON.stringify(body),
    headers: { 'x-redmine-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  if (reply.status >= 300) throw new Error(`${method} ${url}: ${reply.status} ${reply.body}`);
  return reply.body.trim() ? JSON.parse(reply.body) : null;
}

async function tickets(marker) {
  const wanted = encodeURIComponent(`riskd:${marker}`);
  const query = field ? `status_id=*&cf_${field}=${wanted}`
    : `f[]=status_id&op[status_id]=*&f[]=description&op[description]=~&v[description][]=${wanted}`;
  const found = await ask('GET', `/issues.json?${query}`);
  return Promise.all(found.issues.map(async ({ id }) => {
    const { issue } = await ask('GET', `/issues/${id}.json?include=journals,relations`);
    return {
      key: String(id),
      title: issue.subject,
      open: !issue.status.is_closed,
      marks: issue.journals.flatMap(({ notes }) => (notes ?? '').match(/riskd:effect [0-9a-f]{16}/g) ?? []),
      links: (issue.relations ?? []).map(({ issue_id: from, issue_to_id: to }) => String(from === id ? to : from)),
    };
  }));
}

async function people({ key: ticket, title, close: reason }) {
  const change = (issue) => ask('PUT', `/issues/${ticket}.json`, { issue });
  if (title) {
    await change({ subject: title });
    return {};
  }
  const { issue_statuses: statuses } = await ask('GET', '/issue_statuses.json');
  const id = (name) => statuses.find((each) => each.name === name).id;
  for (const name of ['In Progress', 'Resolved']) await change({ status_id: id(name) });
  await change({ status_id: id('Closed'), notes: reason });
  const { user } = await ask('GET', '/users/current.json');
  return { person: `${user.firstname} ${user.lastname}` };
}

endWithParent();
const { port } = await serve({
  seed: Number(argument('seed', '1')),
  faults: Number(argument('faults', '0')),
  handle: async (request) => {
    if (request.path === '/__tickets') return { status: 200, body: await tickets(request.query.get('marker')) };
    if (request.path === '/__people') return { status: 200, body: await people(JSON.parse(request.body)) };
    return forward(request);
  },
});
console.log(`listening ${port}`);

// Jira Cloud's published description between the connector and the stand-in: first it must refuse what
// is wrong, then it stays up.
//
// usage: node jira_contract.mjs --spec FILE --modules FOLDER --upstream PORT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argument, endWithParent } from './faults.mjs';
import { startPrism } from './prism.mjs';

const upstream = `http://127.0.0.1:${argument('upstream')}`;
const root = '/rest/api/3';

// The file has the path of an issue and the schema of a change, and not the path of the changelog
// ("Get changelogs": a page of changes). It is added, with the rest as published.
function describe() {
  const published = JSON.parse(readFileSync(argument('spec'), 'utf8'));
  const issue = `${root}/issue/{issueIdOrKey}`;
  const { operationId, parameters, responses, ...rest } = published.paths[issue].get;
  const number = (name) => ({ in: 'query', name, schema: { type: 'integer', format: 'int32' } });
  const whole = { type: 'integer' }, text = { type: 'string' };
  const schema = {
    type: 'object', additionalProperties: false, required: ['values'],
    properties: {
      self: text, nextPage: text, startAt: whole, maxResults: whole, total: whole, isLast: { type: 'boolean' },
      values: { type: 'array', items: { $ref: '#/components/schemas/Changelog' } },
    },
  };
  published.paths[`${issue}/changelog`] ??= { get: {
    ...rest, operationId: 'getChangeLogs',
    parameters: [parameters.find((each) => each.in === 'path'), number('startAt'), number('maxResults')],
    responses: { 200: { description: 'a page', content: { 'application/json': { schema } } }, 404: { description: 'none' } },
  } };
  const folder = mkdtempSync(join(tmpdir(), 'riskd-jira-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'jira.json'), JSON.stringify(published));
  return join(folder, 'jira.json');
}

const prism = await startPrism({ description: describe(), upstream, modules: argument('modules') });
const authorization = `Basic ${btoa('riskd@example.com:secret')}`;

async function ask(method, path, body, headers = { authorization }) {
  const reply = await fetch(`http://127.0.0.1:${prism.port}${path}`, {
    method, headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) }, body: body && JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text() };
}

const answer = (path, body) => fetch(`${upstream}/__answer`, { method: 'POST', body: JSON.stringify({ path, body }) });

// [what, method, path, body, the answer to give there]
const wrong = [
  ['a path that is not there', 'GET', `${root}/issues/SHOP-1`],
  ['a method that is not there', 'PUT', `${root}/search/jql`, {}],
  ['a search whose page size is a text', 'POST', `${root}/search/jql`, { jql: 'key = "A-1"', maxResults: 'all' }],
  ['a search with an unknown member', 'POST', `${root}/search/jql`, { jql: 'key = "A-1"', startAt: 0 }],
  ['a search whose fields are one text', 'POST', `${root}/search/jql`, { jql: 'key = "A-1"', fields: 'labels' }],
  ['numbers to reconcile that are texts', 'POST', `${root}/search/jql`, { jql: 'key = "A-1"', reconcileIssues: ['x'] }],
  ['properties of an issue that are an object', 'POST', `${root}/issue`, { fields: {}, properties: { riskd: 1 } }],
  ['a link without its other end', 'POST', `${root}/issueLink`, { type: { name: 'Relates' }, inwardIssue: { key: 'SHOP-1' } }],
  ['a comment whose property has an unknown member', 'POST', `${root}/issue/SHOP-1/comment`, { body: {}, properties: [{ name: 'x' }] }],
  ['a transition whose id is a number', 'POST', `${root}/issue/SHOP-1/transitions`, { transition: { id: 11 } }],
  ['an answer whose key is a number', 'GET', `${root}/issue/SHOP-1`, undefined, { key: 5 }],
  ['an answer with an unknown member', 'GET', `${root}/issue/SHOP-1`, undefined, { key: 'SHOP-1', number: 1 }],
  ['a page of a search in the old form', 'POST', `${root}/search/jql`, { jql: 'key = "A-1"' }, { issues: [], total: 0, startAt: 0 }],
  ['statuses without ids', 'GET', `${root}/project/SHOP/statuses`, undefined, [{ name: 'Task', statuses: [] }]],
  ['a page of the changelog that begins at a text', 'GET', `${root}/issue/SHOP-1/changelog?startAt=first`],
  ['a changelog as Data Center gives it', 'GET', `${root}/issue/SHOP-1/changelog`, undefined, { histories: [], total: 0 }],
  ['a change without a field', 'GET', `${root}/issue/SHOP-1/changelog`, undefined, { values: [{ id: '1', items: [{ name: 'status' }] }] }],
  ['transitions that are an array', 'GET', `${root}/issue/SHOP-1/transitions`, undefined, []],
];

let refused = 0;
for (const [what, method, path, body, given] of wrong) {
  if (given !== undefined) await answer(path, given);
  const reply = await ask(method, path, body);
  if (reply.status < 400 || !/stoplight\.io\/prism/.test(reply.text)) {
    console.log(`not refused: ${what}: ${reply.status} ${reply.text.slice(0, 200)}`);
    process.exit(1);
  }
  refused += 1;
}
const anonymous = await ask('GET', `${root}/myself`, undefined, {});
if (anonymous.status !== 401) {
  console.log(`not refused: a request without credentials: ${anonymous.status}`);
  process.exit(1);
}
const good = await ask('GET', `${root}/myself`);
if (good.status !== 200) {
  console.log(`refused what is right: ${good.status} ${good.text.slice(0, 300)}`);
  process.exit(1);
}
console.error(`the description refused ${refused + 1} of ${wrong.length + 1} wrong requests and answers`);
console.log(`listening ${prism.port}`);
endWithParent();

// A stand-in for Azure Boards, as learn.microsoft.com/en-us/rest/api/azure/devops/wit describes it (work items, wiql, updates,
// work item types, recycle bin), strict where Azure DevOps would let a mistake pass: a parameter, field or operation that
// the documentation does not know is refused with 400.
//
//   node azure.mjs --port 0 --seed 1 --faults 0.15
//
// Its awkward sides are Azure DevOps':
//   - a query is behind: the next one or two that would find an item do not see what was done to it
//   - what was deleted and what may not be seen are both 404; one of them in a request of many makes all of it fail,
//     unless `errorPolicy=omit`, which gives null in its place
//   - a change of links is no revision; the date of an update is in its fields, `revisedDate` is when the next came
//   - HTML is cleaned: comments in it and scripts are gone
//   - a query with a time needs `timePrecision`, and fails where it finds more than 20,000
//
// Projects: `My Shop` (Basic), `Agile` (no way from Closed to New; bugs show their text elsewhere), `Strict` (a field that must be
// filled), `Hidden`. Tokens: `secret` (riskd's), `read` (may not write), `stale` (203 and a page to sign in), `moved` (302), `nobody`
// (taken for nobody), `garbled` (answers of the wrong shape); others are 401.
// For the test alone: GET /__tickets?marker=M, POST /__gone {"key", "how"}, POST /__people {"key", and one of "title", "close" (with that
// comment), "tags", "project", "copy", "state"}, GET /__counts (requests by path).
import { argument, endWithParent, random, serve } from './faults.mjs';

const dice = random(Number(argument('seed', '1')) + 55);
const counts = {};
let base = '';

const people = { riskd: { id: '0000-0007', displayName: 'riskd', uniqueName: 'riskd@example.com' }, jane: { id: '0000-0003', displayName: 'Jane Doe', uniqueName: 'jane@example.com' } };
const basic = { 'To Do': 'Proposed', Doing: 'InProgress', Done: 'Completed' };
const agile = { New: 'Proposed', Active: 'InProgress', Resolved: 'Resolved', Closed: 'Completed', Removed: 'Removed' };
const anywhere = (states) => Object.fromEntries(['', ...Object.keys(states)].map((from) => [from, Object.keys(states)]));
const agileWays = { '': ['New'], New: ['Active', 'Resolved', 'Closed', 'Removed'], Active: ['New', 'Resolved', 'Closed'], Resolved: ['Active', 'Closed'], Closed: ['Active'], Removed: ['New'] };
const common = ['System.Title', 'System.Description', 'System.Tags', 'System.State', 'System.Reason', 'System.History', 'Microsoft.VSTS.Common.Priority', 'Custom.Riskd'];
const projects = {
  'My Shop': { types: { Task: { states: basic, ways: anywhere(basic) }, Issue: { states: basic, ways: anywhere(basic) } } },
  Other: { types: { Task: { states: basic, ways: anywhere(basic) } } },
  Agile: { types: { Task: { states: agile, ways: agileWays }, Bug: { states: agile, ways: agileWays, more: ['Microsoft.VSTS.TCM.ReproSteps'] } } },
  Strict: { types: { Task: { states: basic, ways: anywhere(basic), more: ['Custom.Team'], required: 'Custom.Team' } } },
  Hidden: { hidden: true, types: { Task: { states: basic, ways: anywhere(basic) } } },
};
const items = new Map();
const bin = new Map();
let lastId = 0;

class Refusal extends Error {
  constructor(status, body) { super(String(status)); this.reply = { status, body }; }
}
const refuse = (status, typeKey, message) => {
  throw new Refusal(status, { $id: '1', innerException: null, message, typeName: `Microsoft.TeamFoundation.${typeKey}, Microsoft.TeamFoundation`, typeKey, errorCode: 0, eventId: 3000 });
};
const bad = (message) => refuse(400, 'VssPropertyValidationException', message);
const missing = (id) => refuse(404, 'WorkItemUnauthorizedAccessException', `TF401232: Work item ${id} does not exist, or you do not have permissions to read it.`);

// ── items ────────────────────────────────────────────────────────────────────────────────────────

const cleaned = (html) => html.replace(/<!--[\s\S]*?-->/g, '').replace(/<script[\s\S]*?<\/script>/gi, '');
const words = (html) => cleaned(html).replace(/<[^>]*>/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');
const acts = (html) => /@[A-Za-z]|(^|\s)[#!]\d/.test(words(html)) || /<(script|a|img|iframe)\b/i.test(html);
const tagsOf = (text) => [...new Map((text ?? '').split(/[;,]/).map((each) => each.trim()).filter(Boolean).map((each) => [each.toLowerCase(), each])).values()].sort();

// One revision: what changed, who, when.
function revise(item, who, changes) {
  const moment = new Date(Math.max(Date.now(), item.changedAt + 3)).toISOString();
  const last = item.updates.findLast((each) => each.revision);
  if (last) last.revisedDate = moment;
  const fields = { 'System.Rev': { newValue: item.rev + 1 }, 'System.ChangedDate': { newValue: moment } };
  for (const [name, value] of Object.entries(changes)) {
    fields[name] = { ...(name in item.fields && name !== 'System.History' ? { oldValue: item.fields[name] } : {}), newValue: value };
    if (name !== 'System.History') item.fields[name] = value;
  }
  item.rev += 1;
  item.changedAt = Date.parse(moment);
  item.updates.push({ id: item.updates.length + 1, workItemId: item.id, rev: item.rev, revisedBy: who, revisedDate: '9999-01-01T00:00:00Z', fields, revision: true });
  item.fields['System.ChangedDate'] = moment;
  item.behind = Math.floor(dice() * 3);
  if (changes['System.History'] && acts(changes['System.History'])) item.acted = true;
}

function make(project, type, who, fields) {
  const item = { id: ++lastId, rev: 0, fields: {}, updates: [], relations: [], changedAt: 0, acted: false };
  revise(item, who, { 'System.TeamProject': project, 'System.WorkItemType': type, 'System.State': Object.keys(projects[project].types[type].states)[0], 'System.Reason': 'New', ...fields });
  item.acted = ['System.Description', 'Microsoft.VSTS.TCM.ReproSteps'].some((name) => acts(fields[name] ?? ''));
  return item;
}

const hidden = (item) => item.hidden || projects[item.fields['System.TeamProject']].hidden;
function itemOf(id) {
  const item = items.get(Number(id));
  return !item || hidden(item) ? missing(id) : item;
}

function shown(item, query) {
  const wanted = query.get('fields')?.split(',');
  if (wanted && query.get('$expand')) bad('The expand parameter can not be used with the fields parameter.');
  for (const each of wanted ?? []) if (![...common, 'System.ChangedDate', 'System.TeamProject', 'System.WorkItemType'].includes(each)) refuse(400, 'WorkItemTrackingFieldDefinitionNotFoundException', `TF51535: Cannot find field ${each}.`);
  const fields = Object.fromEntries(Object.entries(item.fields).filter(([name, value]) => value !== '' && (!wanted || wanted.includes(name))));
  return { id: item.id, rev: item.rev, fields, ...(query.get('$expand') === 'relations' && item.relations.length ? { relations: item.relations } : {}), url: `${base}/_apis/wit/workItems/${item.id}` };
}

// ── changes ──────────────────────────────────────────────────────────────────────────────────────

function operationsOf(request) {
  if (!/^application\/json-patch\+json/.test(request.headers['content-type'] ?? '')) refuse(415, 'VssRequestContentTypeNotSupportedException', 'the content type is no JSON patch');
  let body;
  try { body = JSON.parse(request.body); } catch { bad('the body is no JSON'); }
  if (!Array.isArray(body) || body.length === 0) bad('You must pass a valid patch document in the body of the request.');
  return body;
}

function changesOf(operations, item, type) {
  const changes = {};
  const relations = [];
  for (const { op, path, value, ...other } of operations) {
    if (Object.keys(other).length) bad(`unknown member ${Object.keys(other)}`);
    if (op === 'test' && path === '/rev') {
      if (!item || value !== item.rev) refuse(412, 'TestPatchOperationFailedException', `VS403351: Test Operation for path /rev was not successful, the existing value ${item?.rev} was different to the test value ${value}.`);
    } else if (op === 'add' && path === '/relations/-') {
      relations.push(value);
    } else if (op === 'add' && path?.startsWith('/fields/')) {
      const name = path.slice('/fields/'.length);
      if (![...common, ...(type.more ?? [])].includes(name)) refuse(400, 'WorkItemTrackingFieldDefinitionNotFoundException', `TF51535: Cannot find field ${name}.`);
      if (name === 'Microsoft.VSTS.Common.Priority') { if (!Number.isInteger(value) || value < 1 || value > 4) refuse(400, 'RuleValidationException', `The field 'Priority' contains the value '${value}' that is not in the list of supported values`); }
      else if (typeof value !== 'string') bad(`${name} is no text`);
      changes[name] = value;
    } else bad(`unknown operation ${op} ${path}`);
  }
  if ((changes['System.Title'] ?? 'x').trim() === '' || (changes['System.Title'] ?? '').length > 255) refuse(400, 'RuleValidationException', 'TF401320: Rule Error for field Title. Error code: Required, InvalidTooLong.');
  if ('System.Tags' in changes) {
    const tags = tagsOf(changes['System.Tags']);
    if (tags.some((each) => each.length > 400)) bad('TF400367: a tag is too long');
    changes['System.Tags'] = tags.join('; ');
  }
  for (const name of ['System.Description', 'System.History', 'Microsoft.VSTS.TCM.ReproSteps']) if (name in changes) changes[name] = cleaned(changes[name]);
  const to = changes['System.State'];
  if (to !== undefined) {
    const state = Object.keys(type.states).find((each) => each.toLowerCase() === to.toLowerCase());
    const from = item?.fields['System.State'] ?? '';
    if (!state || (state !== from && !type.ways[from].includes(state))) refuse(400, 'RuleValidationException', `The field 'State' contains the value '${to}' that is not in the list of supported values`);
    changes['System.State'] = state;
    if (state !== from) changes['System.Reason'] = `Moved to state ${state}`;
  }
  return { changes, relations };
}

function relate(item, relation, who) {
  const { rel, url } = relation ?? {};
  if (!relationTypes.includes(rel)) bad(`VS402317: The specified link type doesn't exist: ${rel}`);
  const id = /\/_apis\/wit\/workItems\/(\d+)$/i.exec(url ?? '')?.[1];
  const other = itemOf(id ?? 0);
  if (other === item) bad('TF201035: You cannot add a link from a work item to itself.');
  const there = `${base}/_apis/wit/workItems/${other.id}`;
  if (item.relations.some((each) => each.rel === rel && each.url === there)) refuse(400, 'RelationAlreadyExistsException', 'Relation already exists.');
  for (const [one, at] of [[item, there], [other, `${base}/_apis/wit/workItems/${item.id}`]]) {
    one.relations.push({ rel, url: at, attributes: { isLocked: false } });
    one.updates.push({ id: one.updates.length + 1, workItemId: one.id, rev: one.rev, revisedBy: who, revisedDate: new Date().toISOString(), relations: { added: [{ rel, url: at }] } });
  }
}
const relationTypes = ['System.LinkTypes.Related', 'System.LinkTypes.Hierarchy-Forward', 'System.LinkTypes.Dependency-Forward'];

function create(request, project, asked, user) {
  const name = typeName(project, asked);
  const type = projects[project].types[name];
  const { changes } = changesOf(operationsOf(request), null, type);
  if (!user.writes) refuse(403, 'AccessDeniedException', 'TF237111: The current user does not have permissions to save work items under the specified area path.');
  if (!changes['System.Title']) refuse(400, 'RuleValidationException', 'TF401320: Rule Error for field Title. Error code: Required, InvalidEmpty.');
  if (type.required && !changes[type.required]) refuse(400, 'RuleValidationException', `TF401320: Rule Error for field ${type.required}. Error code: Required, HasValues, InvalidEmpty.`);
  if (request.query.get('validateOnly') === 'true') return { id: -1, rev: -1, fields: changes };
  const item = make(project, name, user.who, changes);
  items.set(item.id, item);
  return shown(item, request.query);
}

function change(request, id, user) {
  const item = itemOf(id);
  const type = projects[item.fields['System.TeamProject']].types[item.fields['System.WorkItemType']];
  const { changes, relations } = changesOf(operationsOf(request), item, type);
  if (!user.writes) refuse(403, 'AccessDeniedException', 'TF237111: The current user does not have permissions to save work items under the specified area path.');
  for (const each of relations) relate(item, each, user.who);
  if (Object.keys(changes).length) revise(item, user.who, changes);
  return shown(item, request.query);
}

// ── queries ──────────────────────────────────────────────────────────────────────────────────────

const conditions = [
  [/^\[System\.TeamProject\] = @project$/, (_, project) => (item) => item.fields['System.TeamProject'] === project],
  [/^\[System\.Tags\] CONTAINS '((?:[^']|'')*)'$/, ([, tag]) => (item) => tagsOf(item.fields['System.Tags']).some((each) => each.toLowerCase() === tag.replaceAll("''", "'").toLowerCase())],
  [/^\[Custom\.Riskd\] = '((?:[^']|'')*)'$/, ([, text]) => (item) => item.fields['Custom.Riskd'] === text],
  [/^\[System\.Id\] IN \(([\d,]+)\)$/, ([, ids]) => { const all = new Set(ids.split(',').map(Number)); return (item) => all.has(item.id); }],
  [/^\[System\.Id\] > (\d+)$/, ([, id]) => (item) => item.id > Number(id)],
  [/^\[System\.ChangedDate\] >= '([^']*)'$/, ([, moment], _, query) => {
    if (query.get('timePrecision') !== 'true') bad('You cannot supply a time with the date when running a query using date precision.');
    if (Number.isNaN(Date.parse(moment))) bad('the date is none');
    return (item) => item.changedAt >= Date.parse(moment);
  }],
];

function find(request, project) {
  let query;
  try { ({ query } = JSON.parse(request.body)); } catch { bad('the body is no JSON'); }
  const [, where] = /^SELECT \[System\.Id\] FROM WorkItems WHERE (.*) ORDER BY \[System\.Id\]$/.exec(query ?? '') ?? bad('TF51006: The query statement is missing a FROM clause.');
  if (query.length > 32000) bad('VS402335: The query is too long.');
  const tests = where.split(' AND ').map((text) => {
    for (const [pattern, test] of conditions) { const match = pattern.exec(text); if (match) return test(match, project, request.query); }
    return bad(`TF51005: The query references a field that does not exist: ${text}`);
  });
  const found = [...items.values()].filter((item) => !hidden(item) && tests.every((test) => test(item)) && --item.behind < 0);
  const top = request.query.has('$top') ? Number(request.query.get('$top')) : undefined;
  if (top === undefined && found.length > 20000) refuse(400, 'WorkItemTrackingQueryResultSizeLimitExceededException', 'VS402337: The number of work items returned exceeds the size limit of 20000.');
  return { queryType: 'flat', asOf: new Date().toISOString(), workItems: found.slice(0, top ?? 20000).map(({ id }) => ({ id, url: `${base}/_apis/wit/workItems/${id}` })) };
}

function many(query) {
  const ids = query.get('ids').split(',').map(Number);
  if (ids.length > 200) refuse(400, 'VssPropertyValidationException', 'VS402337: at most 200 work items');
  const value = ids.map((id) => {
    const item = items.get(id);
    if (item && !hidden(item)) return shown(item, query);
    return query.get('errorPolicy') === 'omit' ? null : missing(id);
  });
  return { count: value.length, value };
}

// ── routes ───────────────────────────────────────────────────────────────────────────────────────

const typeName = (project, name) => Object.keys(projects[project].types).find((each) => each.toLowerCase() === name.toLowerCase())
  ?? refuse(404, 'WorkItemTypeNotFoundException', `VS402323: Work item type ${name} does not exist in project ${project}.`);

const described = (project, name) => ({
  name, referenceName: `X.${name}`, transitions: Object.fromEntries(Object.entries(projects[project].types[name].ways).map(([from, to]) => [from, to.map((each) => ({ to: each, actions: null }))])),
  fields: [...common, ...(projects[project].types[name].more ?? [])].map((each) => ({ referenceName: each, name: each, alwaysRequired: each === 'System.Title' })) });

const allowed = {
  'GET connectionData': [], 'GET workitems': ['ids', 'fields', 'errorPolicy', '$expand'], 'GET workitems/:': ['fields', '$expand'], 'PATCH workitems/:': [],
  'POST workitems/$': ['validateOnly'], 'POST wiql': ['timePrecision', '$top'], 'GET workItems/:/updates': ['$top', '$skip'], 'GET recyclebin/:': [],
  'GET workitemtypes': [], 'GET workitemtypes/:': [], 'GET workitemtypes/:/states': [], 'GET workitemrelationtypes': [],
};

function route(request, user) {
  const match = /^(?:\/([^/]+))?\/_apis\/(connectionData|wit\/(.*))$/.exec(request.path) ?? refuse(404, 'VssResourceNotFoundException', 'Page not found.');
  const project = match[1] && decodeURIComponent(match[1]);
  const parts = (match[3] ?? 'connectionData').split('/').map(decodeURIComponent);
  const kind = `${request.method} ${parts[0]}${parts.length > 1 ? (parts[1].startsWith('$') ? '/$' : '/:') : ''}${parts.length > 2 ? `/${parts[2]}` : ''}`;
  counts[kind] = (counts[kind] ?? 0) + 1;
  if (!allowed[kind]) refuse(404, 'VssResourceNotFoundException', `Page not found: ${kind}`);
  if (!/^6\.0(-preview)?$/.test(request.query.get('api-version') ?? '')) bad('No api-version was supplied.');
  for (const name of request.query.keys()) if (name !== 'api-version' && !allowed[kind].includes(name)) bad(`unknown parameter ${name}`);
  if (project !== undefined && (!projects[project] || projects[project].hidden)) refuse(404, 'ProjectDoesNotExistWithNameException', `TF200016: The following project does not exist: ${project}.`);
  if (project === undefined && (kind.includes('types') && kind !== 'GET workitemrelationtypes' || kind === 'POST workitems/$')) refuse(404, 'VssResourceNotFoundException', 'Page not found.');
  switch (kind) {
    case 'GET connectionData': return { authenticatedUser: { id: user.who.id, providerDisplayName: user.who.displayName }, instanceId: 'x' };
    case 'GET workitems': return many(request.query);
    case 'GET workitems/:': return shown(itemOf(parts[1]), request.query);
    case 'PATCH workitems/:': return change(request, parts[1], user);
    case 'POST workitems/$': return create(request, project, parts[1].slice(1), user);
    case 'POST wiql': return find(request, project);
    case 'GET workItems/:/updates': {
      const skip = Number(request.query.get('$skip') ?? 0), top = Math.min(Number(request.query.get('$top') ?? 200), 200);
      const value = itemOf(parts[1]).updates.slice(skip, skip + top).map(({ revision, ...each }) => each);
      return { count: value.length, value };
    }
    case 'GET recyclebin/:': return bin.has(Number(parts[1])) ? { id: Number(parts[1]), code: 200, type: 'Task', project: 'My Shop' } : missing(parts[1]);
    case 'GET workitemtypes': return { value: Object.keys(projects[project].types).map((each) => described(project, each)) };
    case 'GET workitemtypes/:': return described(project, typeName(project, parts[1]));
    case 'GET workitemtypes/:/states': { const { states } = projects[project].types[typeName(project, parts[1])]; return { value: Object.entries(states).map(([name, category]) => ({ name, category, color: 'b2b2b2' })) }; }
    default: return { value: relationTypes.map((each) => ({ referenceName: each, name: each })) };
  }
}

const odd = [null, {}, [], 'x', { value: null }, { value: [null, 3, { id: {} }, { id: 1, rev: 'x', fields: { 'System.State': [] } }, { revisedBy: [], fields: { 'System.State': 3 } }] }, { id: 1, fields: null }, { workItems: [{ id: 'x' }, null] }, { workItems: [{ id: 1 }] }, { authenticatedUser: { id: 'me' } }, { name: 'Task', transitions: [], fields: {} }];
const signIn = '<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>';
const html = { 'content-type': 'text/html; charset=utf-8' };

function handle(request) {
  if (request.path.startsWith('/__')) return forTest(request);
  const [scheme, secret] = (request.headers.authorization ?? '').split(' ');
  const [name, token] = Buffer.from(secret ?? '', 'base64').toString().split(':');
  if (scheme !== 'Basic' || name !== '') return { status: 401, headers: html, body: signIn };
  if (token === 'stale') return { status: 203, headers: html, body: signIn };
  if (token === 'moved') return { status: 302, headers: { ...html, location: 'https://spsprod.vssps.visualstudio.com/_signin?realm=dev.azure.com' }, body: '<html>Object moved</html>' };
  if (token === 'garbled') return { status: dice() < 0.1 ? 203 : 200, body: JSON.stringify(odd[Math.floor(dice() * odd.length)]) };
  const user = { secret: { who: people.riskd, writes: true }, read: { who: people.riskd, writes: false }, nobody: { who: { id: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', displayName: 'Anonymous' }, writes: false } }[token];
  if (!user) return { status: 401, body: '' };
  base ||= `http://${request.headers.host}`;
  try {
    return { status: 200, body: route(request, user) };
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

// ── for the test ─────────────────────────────────────────────────────────────────────────────────

function forTest(request) {
  if (request.path === '/__counts') return { status: 200, body: counts };
  if (request.path === '/__tickets') return { status: 200, body: ticketsWith(request.query.get('marker')) };
  const body = JSON.parse(request.body);
  const item = items.get(Number(body.key));
  if (!item) return { status: 404, body: {} };
  if (request.path === '/__gone') {
    if (body.how === 'hidden') item.hidden = true;
    else { items.delete(item.id); if (body.how === 'deleted') bin.set(item.id, item); }
    return { status: 200, body: {} };
  }
  return { status: 200, body: byPeople(item, body) };
}

const ticketsWith = (marker) => [...items.values()]
  .filter((item) => !item.copy && (tagsOf(item.fields['System.Tags']).includes(`riskd:${marker}`) || item.fields['Custom.Riskd'] === `riskd:${marker}`))
  .map((item) => ({
    key: String(item.id), title: item.fields['System.Title'], open: !['Completed', 'Removed'].includes(projects[item.fields['System.TeamProject']].types[item.fields['System.WorkItemType']].states[item.fields['System.State']]),
    tags: item.fields['System.Tags'], text: item.fields['System.Description'] ?? '', steps: item.fields['Microsoft.VSTS.TCM.ReproSteps'] ?? '', acted: item.acted, priority: item.fields['Microsoft.VSTS.Common.Priority'] ?? 0,
    marks: item.updates.flatMap((each) => each.fields?.['System.History']?.newValue.match(/riskd:effect [0-9a-f]{16}/g) ?? []),
    links: item.relations.map((each) => /(\d+)$/.exec(each.url)[1]),
  }));

function byPeople(item, { title, close, tags, project, copy, state }) {
  if (title) revise(item, people.jane, { 'System.Title': title });
  if (tags !== undefined) revise(item, people.jane, { 'System.Tags': tags });
  if (project) revise(item, people.jane, { 'System.TeamProject': project });
  if (state) revise(item, people.jane, { 'System.State': state });
  if (copy) {
    const made = make(item.fields['System.TeamProject'], item.fields['System.WorkItemType'], people.jane, { 'System.Title': 'A copy', 'System.Tags': item.fields['System.Tags'] });
    made.copy = true;
    items.set(made.id, made);
    return { key: String(made.id) };
  }
  if (!close) return {};
  const { states } = projects[item.fields['System.TeamProject']].types[item.fields['System.WorkItemType']];
  revise(item, people.jane, { 'System.State': Object.keys(states).find((each) => states[each] === 'Completed'), 'System.History': `<div>${close}</div>` });
  return { person: people.jane.displayName };
}

// Others' items are there before.
for (let i = 0; i < 230; ++i) {
  const item = make('My Shop', 'Task', people.jane, { 'System.Title': `Another ${i}`, 'System.Tags': i % 3 ? 'riskd' : '' });
  item.behind = 0;
  items.set(item.id, item);
}

const { port } = await serve({ port: Number(argument('port', '0')), handle, seed: Number(argument('seed', '1')), faults: Number(argument('faults', '0')) });
console.log(`listening ${port}`);
endWithParent();

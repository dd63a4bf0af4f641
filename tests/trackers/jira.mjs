// A stand-in for Jira: Cloud's REST interface (v3) or Data Center's (v2), as their documentation has
// them, the awkward sides included:
//
//   - a search is behind: the next one or two that would find an issue do not see its creation or its
//     last change; Cloud's `reconcileIssues` brings an issue up to date
//   - a key that is gone makes a whole search fail
//   - Cloud's pages are smaller than asked for, and may be empty though more follow
//   - Cloud gives properties in searches, Data Center does not (JRASERVER-62898)
//   - a moved issue answers to its old key and tells its new one; what may not be seen is 404
//   - an equal POST makes a second ticket, comment or link
//   - somebody copies a ticket now and then: with its labels, without its properties
//   - a status has a category; Cloud gives the changelog in pages, Data Center with the issue
//   - with --faults, a write may meet the limit of its issue, a transition a conflict
//
// Workflow: To Do → In Progress → Done → To Do; from Done to Closed only with a root cause.
//
// usage: node jira.mjs --api cloud|data-center [--port N] [--seed N] [--faults SHARE] [--properties no]
//   GET  /__tickets?marker=M   as tests/trackers/workflow.cpp describes
//   POST /__people             {key, title}, or {key, move: PROJECT}, {key, delete: true},
//                              {key, close: COMMENT}, {key, status, by}, {hide: PROJECT}, {show: PROJECT}
//   POST /__answer             {path, body}: the next answer at that path
//   GET  /__counts             requests for parts of an issue: {"changelog", "comment", …}
import { argument, endWithParent, random, serve } from './faults.mjs';

const cloud = argument('api', 'cloud') === 'cloud';
const seed = Number(argument('seed', '1'));
const faults = Number(argument('faults', '0'));
const commentsTellProperties = argument('properties', 'yes') === 'yes';
const root = cloud ? '/rest/api/3' : '/rest/api/2';
const credentials = cloud ? `Basic ${btoa('riskd@example.com:secret')}` : 'Bearer secret';
const dice = random(seed * 31 + 7);

const types = [{ id: '10000', name: 'Epic' }, { id: '10001', name: 'Task' }];
const statuses = { 'To Do': '1', 'In Progress': '2', Done: '3', Closed: '4' };
const categories = { 'To Do': [2, 'new', 'To Do'], 'In Progress': [4, 'indeterminate', 'In Progress'], Done: [3, 'done', 'Done'], Closed: [3, 'done', 'Done'] };
const transitions = [
  { id: '11', name: 'Start', from: 'To Do', to: 'In Progress' },
  { id: '21', name: 'Finish', from: 'In Progress', to: 'Done' },
  { id: '31', name: 'Reopen', from: 'Done', to: 'To Do' },
  { id: '41', name: 'Close', from: 'Done', to: 'Closed', required: { customfield_10100: 'Root cause' } },
];
const linkTypes = [{ id: '1', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
  { id: '2', name: 'Relates', inward: 'relates to', outward: 'relates to' }];
const priorities = ['High', 'Medium', 'Low'];
const projects = new Map([['SHOP', { id: '10', next: 1 }], ['OPS', { id: '11', next: 1 }]]);
const issues = new Map(); // id → issue
const formerKeys = new Map(); // key → id
const hidden = new Set(); // projects
const answers = new Map(); // path → body
const counts = {};
let nextId = 20000;

const json = (status, body, headers) => ({ status, body, headers });
const refusal = (status, messages, errors = {}) => json(status, { errorMessages: [].concat(messages), errors });
const clone = (value) => structuredClone(value);
// Jira's own form: no colon in the zone.
const moment = (date) => date.toISOString().replace('Z', '+0000');
const notSeen = () => refusal(404, 'Issue does not exist or you do not have permission to see it.');

function issueOf(key) {
  const issue = [...issues.values()].find((each) => each.key === key || each.id === key)
    ?? issues.get(formerKeys.get(key));
  return issue && !hidden.has(issue.key.split('-')[0]) ? issue : undefined;
}

function makeIssue(fields, properties) {
  const project = projects.get(fields.project.key);
  const id = String(nextId++);
  const issue = {
    id, key: `${fields.project.key}-${project.next++}`, project: fields.project.key, summary: fields.summary,
    description: fields.description, labels: [...(fields.labels ?? [])], status: 'To Do', resolution: null,
    properties, comments: [], links: [], log: [], creator: 'riskd', made: new Date(), created: nextId, updated: new Date(), indexed: null,
    behind: Math.floor(dice() * 3),
  };
  issues.set(id, issue);
  return issue;
}

// The index has what was there before, for the next one or two searches that would find it.
function change(issue, how) {
  if (issue.behind === 0) issue.indexed = clone({ ...issue, indexed: null });
  how(issue);
  issue.updated = new Date();
  issue.behind = Math.floor(dice() * 3);
}

const asFound = (issue) => (issue.behind === 0 ? issue : issue.indexed);

// ── texts ──────────────────────────────────────────────────────────────────────────────────────

// A part of http://go.atlassian.com/adf-json-schema: what riskd may send.
const adfChildren = {
  doc: ['paragraph', 'heading', 'bulletList', 'orderedList', 'codeBlock'],
  paragraph: ['text', 'hardBreak'], heading: ['text', 'hardBreak'], bulletList: ['listItem'],
  orderedList: ['listItem'], listItem: ['paragraph', 'bulletList', 'orderedList', 'codeBlock'], codeBlock: ['text'],
};

function adfFault(node, parent) {
  if (node.type === 'text') {
    if (typeof node.text !== 'string' || node.text === '') return 'a text node without text';
    if (/[\u0000-\u0008\u000b-\u001f]/.test(node.text) || !node.text.isWellFormed()) return 'a control character or half a character';
    if (node.marks && (parent === 'codeBlock' || node.marks.some((mark) => mark.type !== 'code'))) return 'a mark that is not allowed';
    return '';
  }
  if (node.type === 'hardBreak') return '';
  const allowed = adfChildren[node.type];
  if (!allowed) return `unknown node ${node.type}`;
  if (node.type === 'doc' && node.version !== 1) return 'no version';
  if (node.type === 'heading' && !(node.attrs?.level >= 1 && node.attrs.level <= 6)) return 'no level';
  if (!Array.isArray(node.content)) return `${node.type} without content`;
  if (/List$/.test(node.type) && node.content.length === 0) return 'an empty list';
  for (const child of node.content) {
    if (!allowed.includes(child.type)) return `${child.type} in ${node.type}`;
    const fault = adfFault(child, node.type);
    if (fault) return fault;
  }
  return '';
}

function textFault(text) {
  if (cloud) return text?.type === 'doc' ? adfFault(text, '') : 'Operation value must be an Atlassian Document';
  return typeof text === 'string' ? '' : 'Operation value must be a string';
}

function plain(text) {
  if (typeof text === 'string') return text;
  return text.type === 'text' ? text.text : (text.content ?? []).map(plain).join(text.type === 'paragraph' ? '' : '\n');
}

// ── answers ────────────────────────────────────────────────────────────────────────────────────

const accounts = { riskd: '1', Jane: '2' };
const person = (name) => (cloud ? { accountId: `5b1${accounts[name]}`, displayName: name, active: true }
  : { name: name.toLowerCase(), key: `JIRAUSER${accounts[name]}`, displayName: name });
const statusBean = (name) => {
  const [id, key, called] = categories[name];
  const category = { self: `http://jira.example${root}/statuscategory/${id}`, id, key, colorName: 'green', name: called };
  return { id: statuses[name], name, self: `http://jira.example${root}/status/${statuses[name]}`, statusCategory: category };
};
const changeBean = (entry) => ({
  id: entry.id, author: person(entry.by), created: moment(entry.at),
  items: [
    ...(entry.to === 'In Progress' ? [] : [{ field: 'resolution', fieldtype: 'jira', to: '10000', toString: 'Done' }]),
    { field: 'status', fieldtype: 'jira', ...(cloud ? { fieldId: 'status' } : {}),
      from: statuses[entry.from], fromString: entry.from, to: statuses[entry.to], toString: entry.to }],
});

function issueBean(issue, fields, properties) {
  const all = {
    summary: issue.summary, labels: issue.labels, updated: moment(issue.updated), status: statusBean(issue.status),
    creator: person(issue.creator), created: moment(issue.made),
    resolution: issue.resolution && { name: issue.resolution }, description: issue.description,
    issuelinks: issue.links.map((link) => ({
      id: link.id, type: linkTypes.find((each) => each.name === link.type),
      [link.way]: { id: link.other, key: issues.get(link.other)?.key ?? 'GONE-1' },
    })),
  };
  const bean = { id: issue.id, key: issue.key, self: `http://jira.example${root}/issue/${issue.id}`, fields: {} };
  for (const field of fields) if (field in all) bean.fields[field] = all[field];
  if (properties.length > 0) {
    bean.properties = {};
    for (const key of properties) if (key in issue.properties) bean.properties[key] = issue.properties[key];
  }
  return bean;
}

const listed = (text) => (text ?? '').split(',').filter(Boolean);

// ── JQL: conditions joined by AND, and an order ────────────────────────────────────────────────

function parse(jql) {
  const [, conditions] = /^(.*?)(?: ORDER BY (?:key|created)(?: ASC)?)?$/.exec(jql);
  const tests = [];
  for (const condition of conditions.split(' AND ')) {
    let found;
    const words = (text) => text.split(',').map((word) => {
      const quoted = /^"([A-Za-z0-9_-]+)"$/.exec(word.trim());
      if (!quoted) throw refusal(400, `Error in the JQL Query: ${word}`);
      return quoted[1];
    });
    if ((found = /^labels = "([^"]+)"$/.exec(condition))) {
      const label = found[1];
      tests.push((issue) => issue.labels.includes(label));
    } else if ((found = /^project in \((.*)\)$/.exec(condition))) {
      const wanted = words(found[1]);
      for (const key of wanted) if (!projects.has(key) || hidden.has(key)) throw refusal(400, `The value '${key}' does not exist for the field 'project'.`);
      tests.push((issue) => wanted.includes(issue.project));
    } else if ((found = /^key in \((.*)\)$/.exec(condition))) {
      const ids = words(found[1]).map((key) => {
        const issue = issueOf(key);
        if (!issue || (issue.behind > 0 && !issue.indexed)) throw refusal(400, `An issue with key '${key}' does not exist for field 'key'.`);
        return issue.id;
      });
      tests.push((issue) => ids.includes(issue.id));
    } else if ((found = /^updated >= "-(\d+)m"$/.exec(condition))) {
      // Of whole minutes.
      const from = Math.floor(Date.now() / 60000 - Number(found[1])) * 60000;
      tests.push((issue) => issue.updated.getTime() >= from);
    } else {
      throw refusal(400, `Error in the JQL Query: ${condition}`);
    }
  }
  return (issue) => tests.every((test) => test(issue));
}

function search(body) {
  const matches = parse(body.jql);
  const reconciled = new Set((body.reconcileIssues ?? []).map(String));
  if (reconciled.size > 50) return refusal(400, 'reconcileIssues: at most 50');
  const first = !body.nextPageToken && !body.startAt;
  const found = [];
  for (const issue of issues.values()) {
    if (hidden.has(issue.project)) continue;
    if (reconciled.has(issue.id)) { issue.behind = 0; issue.indexed = null; }
    const seen = asFound(issue);
    if (seen && matches(seen)) found.push(seen);
    if (first && issue.behind > 0 && matches(issue)) issue.behind -= 1;
  }
  found.sort((a, b) => a.created - b.created);
  if (!cloud) {
    const startAt = body.startAt ?? 0, maxResults = Math.min(body.maxResults ?? 50, 12);
    return json(200, { startAt, maxResults, total: found.length,
      issues: found.slice(startAt, startAt + maxResults).map((issue) => issueBean(issue, body.fields ?? [], [])) });
  }
  const start = body.nextPageToken ? Number(atob(body.nextPageToken)) : 0;
  const size = dice() < 0.1 ? 0 : Math.min(body.maxResults ?? 50, 10);
  const page = found.slice(start, start + size);
  const isLast = start + size >= found.length;
  return json(200, { isLast, ...(isLast ? {} : { nextPageToken: btoa(String(start + size)) }),
    issues: page.map((issue) => issueBean(issue, body.fields ?? ['id'], body.properties ?? [])) });
}

// ── writing ────────────────────────────────────────────────────────────────────────────────────

function create(body) {
  const { fields = {}, properties = [] } = body, errors = {};
  if (!projects.has(fields.project?.key) || hidden.has(fields.project?.key)) errors.project = 'valid project is required';
  if (!types.some((type) => type.name === fields.issuetype?.name)) errors.issuetype = 'Specify a valid issue type';
  if (!fields.summary) errors.summary = 'You must specify a summary of the issue.';
  else if (fields.summary.length > 255) errors.summary = "Summary can't exceed 255 characters.";
  else if (/[\r\n]/.test(fields.summary)) errors.summary = 'The summary is invalid because it contains newline characters.';
  if (fields.description !== undefined && textFault(fields.description)) errors.description = textFault(fields.description);
  for (const label of fields.labels ?? []) if (/\s/.test(label) || label.length > 255) errors.labels = `The label '${label}' contains spaces which is invalid.`;
  if (fields.priority && !priorities.includes(fields.priority.name)) errors.priority = 'Priority name is not valid';
  if (Object.keys(errors).length > 0) return refusal(400, [], errors);
  const issue = makeIssue(fields, Object.fromEntries(properties.map(({ key, value }) => [key, value])));
  if (dice() < 0.1) makeIssue({ ...fields, summary: `CLONE - ${fields.summary}` }, {}).copy = true;
  return json(201, { id: issue.id, key: issue.key, self: `http://jira.example${root}/issue/${issue.id}` });
}

// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/: of one issue alone.
function limited() {
  if (!cloud || dice() >= faults / 5) return undefined;
  return json(429, { errorMessages: ['Rate limit exceeded.'], errors: {} },
    { 'retry-after': '2', 'ratelimit-reason': 'jira-per-issue-on-write' });
}

function transit(issue, body) {
  const chosen = transitions.find((each) => each.id === body.transition?.id && each.from === issue.status);
  if (!chosen) return refusal(400, 'It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.');
  for (const field of Object.keys(chosen.required ?? {})) if (!(field in (body.fields ?? {}))) return refusal(400, [], { [field]: 'is required' });
  if (dice() < faults / 5) return refusal(409, 'The issue was changed by somebody else.');
  setStatus(issue, chosen.to, 'riskd');
  return json(204);
}

function setStatus(issue, to, by) {
  change(issue, () => {
    issue.log.push({ id: String(nextId++), by, at: new Date(), from: issue.status, to });
    issue.status = to;
    issue.resolution = to === 'To Do' ? null : to === 'Done' ? 'Done' : issue.resolution;
  });
}

function link(body) {
  const type = linkTypes.find((each) => each.name === body.type?.name);
  const from = issueOf(body.inwardIssue?.key), to = issueOf(body.outwardIssue?.key);
  if (!type) return refusal(404, `No issue link type with name '${body.type?.name}' found.`);
  if (!from || !to) return notSeen();
  const id = String(nextId++);
  change(from, () => from.links.push({ id, type: type.name, way: 'outwardIssue', other: to.id }));
  change(to, () => to.links.push({ id, type: type.name, way: 'inwardIssue', other: from.id }));
  return json(201);
}

// ── the rest ───────────────────────────────────────────────────────────────────────────────────

function createmeta(path, query) {
  const [, project, type] = /^\/issue\/createmeta\/([^/]+)\/issuetypes(?:\/([^/]+))?$/.exec(path);
  if (!projects.has(project) || hidden.has(project)) return refusal(400, 'Project not found');
  const field = (id, name, required, hasDefaultValue = false) => ({ fieldId: id, key: id, name, required, hasDefaultValue, operations: ['set'], schema: { type: 'string' } });
  const fields = [field('summary', 'Summary', true), field('issuetype', 'Issue Type', true), field('project', 'Project', true),
    field('reporter', 'Reporter', true), field('description', 'Description', false), field('labels', 'Labels', false),
    field('priority', 'Priority', true, true), ...(project === 'OPS' ? [field('customfield_10200', 'Team', true)] : [])];
  const all = type ? fields : types.map((each) => ({ ...each, subtask: false }));
  const startAt = Number(query.get('startAt') ?? 0), maxResults = 3;
  const part = all.slice(startAt, startAt + maxResults);
  const page = { startAt, maxResults, total: all.length };
  return json(200, cloud ? { ...page, [type ? 'fields' : 'issueTypes']: part } : { ...page, isLast: startAt + 3 >= all.length, values: part });
}

function comments(issue, query) {
  const startAt = Number(query.get('startAt') ?? 0), maxResults = Math.min(Number(query.get('maxResults') ?? 100), 2);
  const told = commentsTellProperties && listed(query.get('expand')).includes('properties');
  return json(200, { startAt, maxResults, total: issue.comments.length,
    comments: issue.comments.slice(startAt, startAt + maxResults).map(({ properties, ...comment }) => ({ ...comment, ...(told ? { properties } : {}) })) });
}

function comment(issue, body, by = 'riskd') {
  if (textFault(body.body)) return refusal(400, [], { comment: textFault(body.body) });
  const id = String(nextId++);
  change(issue, () => issue.comments.push({ id, body: body.body, author: person(by), properties: body.properties ?? [], created: moment(new Date()), ...(body.visibility ? { visibility: body.visibility } : {}) }));
  return json(201, { id, body: body.body });
}

// The oldest first, in pages.
function changelog(issue, query) {
  const startAt = Number(query.get('startAt') ?? 0), maxResults = Math.min(Number(query.get('maxResults') ?? 100), 2);
  const values = issue.log.slice(startAt, startAt + maxResults).map(changeBean);
  return json(200, { startAt, maxResults, total: issue.log.length, isLast: startAt + values.length >= issue.log.length, values });
}

function issueWith(issue, query) {
  const bean = issueBean(issue, listed(query.get('fields')), listed(query.get('properties')));
  if (listed(query.get('expand')).includes('changelog'))
    bean.changelog = { startAt: 0, maxResults: issue.log.length, total: issue.log.length, histories: issue.log.map(changeBean) };
  return json(200, bean);
}

function ofIssue(method, issue, rest, query, body) {
  const part = rest.slice(1) || (query.get('expand') ?? 'issue');
  counts[part] = (counts[part] ?? 0) + 1;
  if (rest === '' && method === 'GET') return issueWith(issue, query);
  if (rest === '/changelog' && method === 'GET' && cloud) return changelog(issue, query);
  if (rest === '/comment') return method === 'GET' ? comments(issue, query) : limited() ?? comment(issue, body);
  if (rest === '/transitions') {
    if (method === 'POST') return limited() ?? transit(issue, body);
    const told = listed(query.get('expand')).includes('transitions.fields');
    return json(200, { transitions: transitions.filter((each) => each.from === issue.status).map((each) => ({
      id: each.id, name: each.name, to: statusBean(each.to), isAvailable: true,
      ...(told ? { fields: Object.fromEntries(Object.entries(each.required ?? {}).map(([id, name]) => [id, { key: id, name, required: true, hasDefaultValue: false, operations: ['set'], schema: { type: 'string' } }])) } : {}),
    })) });
  }
  return json(405);
}

function rest({ method, path, query, body }) {
  if (method === 'GET' && path === '/myself') return json(200, person('riskd'));
  if (method === 'POST' && path === '/issue') return create(body);
  if (method === 'POST' && path === (cloud ? '/search/jql' : '/search')) return search(body);
  if (path === '/search' || path === '/search/jql') return json(cloud ? 410 : 404, { errorMessages: ['The requested API has been removed.'], errors: {} });
  if (method === 'GET' && path.startsWith('/issue/createmeta/')) return createmeta(path, query);
  if (method === 'POST' && path === '/issueLink') return link(body);
  if (method === 'GET' && path === '/issueLinkType') return json(200, { issueLinkTypes: linkTypes });
  const project = /^\/project\/([^/]+)(\/statuses)?$/.exec(path);
  if (method === 'GET' && project) {
    if (!projects.has(project[1]) || hidden.has(project[1])) return refusal(404, `No project could be found with key '${project[1]}'.`);
    if (!project[2]) return json(200, { id: projects.get(project[1]).id, key: project[1], name: `The ${project[1].toLowerCase()}` });
    return json(200, types.map((type) => ({ ...type, self: `http://jira.example${root}/issuetype/${type.id}`, subtask: false, statuses: Object.keys(statuses).map(statusBean) })));
  }
  const one = /^\/issue\/([^/]+)(\/.*)?$/.exec(path);
  if (one) {
    const issue = issueOf(one[1]);
    return issue ? ofIssue(method, issue, one[2] ?? '', query, body) : notSeen();
  }
  return json(404);
}

const written = (text) => (cloud ? { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] } : text);

// ── for the test ───────────────────────────────────────────────────────────────────────────────

function tickets(marker) {
  const ours = (issue) => !issue.copy && (cloud ? issue.properties.riskd?.marker === marker : issue.labels.includes(`riskd-${marker}`));
  const markIn = (comment) => /riskd:effect [0-9a-f]{16}/.exec(plain(comment.body))?.[0] ?? '';
  return [...issues.values()].filter(ours).map((issue) => ({
    key: issue.key, title: issue.summary, open: issue.status !== 'Done' && issue.status !== 'Closed',
    marks: issue.comments.map(markIn), links: issue.links.map((each) => issues.get(each.other)?.key),
  }));
}

function people(wish) {
  if (wish.hide) hidden.add(wish.hide);
  if (wish.show) hidden.delete(wish.show);
  const issue = wish.key && issueOf(wish.key);
  if (!issue) return;
  if (wish.delete) {
    issues.delete(issue.id);
  } else if (wish.move) {
    formerKeys.set(issue.key, issue.id);
    change(issue, () => {
      issue.project = wish.move;
      issue.key = `${wish.move}-${projects.get(wish.move).next++}`;
    });
  } else if (wish.close) {
    if (issue.status === 'To Do') setStatus(issue, 'In Progress', 'Jane');
    comment(issue, { body: written(wish.close) }, 'Jane');
    setStatus(issue, 'Done', 'Jane');
    return { person: 'Jane' };
  } else if (wish.status) {
    setStatus(issue, wish.status, wish.by);
  } else {
    change(issue, () => { issue.summary = wish.title; });
  }
}

function handle(request) {
  const { method, path, query } = request;
  let body;
  try {
    body = request.body === '' ? {} : JSON.parse(request.body);
  } catch {
    return refusal(400, 'There was an error parsing JSON.');
  }
  if (path === '/__tickets') return json(200, tickets(query.get('marker')));
  if (path === '/__counts') return json(200, counts);
  if (path === '/__people') return json(200, people(body) ?? {});
  if (path === '/__answer') return answers.set(body.path, body.body), json(200, {});
  if (!path.startsWith(`${root}/`)) return json(404);
  if (request.headers.authorization !== credentials) return json(401, { errorMessages: ['You are not authenticated.'], errors: {} });
  if (answers.has(path)) {
    const answer = answers.get(path);
    answers.delete(path);
    return json(200, answer);
  }
  try {
    return rest({ method, path: path.slice(root.length), query, body });
  } catch (thrown) {
    if (thrown.status) return thrown;
    throw thrown;
  }
}

for (let i = 0; i < 14; ++i) {
  makeIssue({ project: { key: 'SHOP' }, summary: `somebody's own ${i}`, labels: ['riskd-but-not-really', 'riskd'] }, {});
}
const { port } = await serve({ port: Number(argument('port', '0')), handle, seed, faults });
console.log(`listening ${port}`);
endWithParent();

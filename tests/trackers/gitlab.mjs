// A stand-in for GitLab's issues over REST v4, as docs.gitlab.com/ee/api describes them (issues, notes,
// issue_links, projects, rest/#pagination), strict where GitLab would let a mistake pass: a parameter
// that the documentation does not know, or of another type, is refused with 400.
//
//   node gitlab.mjs --port 0 --seed 1 --faults 0.15
//
// Its awkward sides are GitLab's:
//   - what may not be seen is 404, and so are the issues of a project that has them switched off
//   - the search is behind, and knows no words of 50 characters and more
//   - x-next-page and Link are missing now and then; a page has 20 things unless asked, 100 at most
//   - a line that begins with a quick action is carried out and taken out of the text
//   - what a person does leaves notes that GitLab wrote (`system`), with the text in question
//   - a closed issue tells who closed it, and whether as a duplicate; its state events who closed it and
//     opened it again, and not who made it
//
// Tokens: `secret` (riskd's user, Reporter), `admin`, `read` (scope read_api), `bot` (a project's token:
// /personal_access_tokens/self is 404), `anonymous` (who it is of is 403), `garbled` (answers of the wrong shape); others are 401.
// For the test alone: GET /__tickets?marker=M (without one: all that have a marker), POST /__people {"key", and one of "title", "move" (a
// project), "delete", "labels", "off" (issues of the key's project), "close" (with that comment),
// "duplicate" (of that key)}, GET /__counts (requests by path).
import { argument, endWithParent, random, serve } from './faults.mjs';

const hidden = 44;
const projects = new Map([
  [42, { id: 42, path: 'group/sub/shop', issues: [], on: true }],
  [43, { id: 43, path: 'group/other', issues: [], on: true }],
  [hidden, { id: hidden, path: 'group/hidden', issues: [], on: true }],
  [45, { id: 45, path: 'group/off', issues: [], on: true }],
]);
const users = {
  secret: { id: 7, username: 'riskd', level: 20, scopes: ['api'] },
  admin: { id: 1, username: 'root', level: 40, scopes: ['api'], admin: true },
  read: { id: 7, username: 'riskd', level: 20, scopes: ['read_api'] },
  bot: { id: 9, username: 'project_42_bot', level: 10, scopes: ['api'], bot: true },
  anonymous: { id: 11, username: 'nobody', level: 20, scopes: ['api'], anonymous: true },
  garbled: { id: 7, username: 'riskd', level: 20, scopes: ['api'], garbled: true },
};
const names = { 0: 'GitLab', 1: 'Administrator', 3: 'Jane Doe', 7: 'riskd', 9: 'project_42_bot', 11: 'Nobody' };
const searchDelayMs = 1500;
const dice = random(Number(argument('seed', '1')) + 77);
const counts = {};
let lastId = 1000;
let lastNote = 1;

class Refusal extends Error {
  constructor(status, body) { super(String(status)); this.reply = { status, body }; }
}
const refuse = (status, body) => { throw new Refusal(status, body); };
const bad = (message) => refuse(400, { error: message });
const notFound = (what) => refuse(404, { message: `404 ${what} Not Found` });

// ── parameters ───────────────────────────────────────────────────────────────────────────────────

const types = {
  integer: (value) => /^[1-9][0-9]{0,17}$/.test(String(value)),
  text: (value) => typeof value === 'string',
  moment: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  one: (...of) => (value) => of.includes(value),
  labels: (value) => typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string')),
  project: (value) => typeof value === 'string' || Number.isInteger(value),
};
const paging = { page: types.integer, per_page: types.integer };
const known = {
  listIssues: {
    ...paging, scope: types.one('created_by_me', 'assigned_to_me', 'all'), state: types.one('opened', 'closed', 'all'),
    labels: types.text, search: types.text, in: types.one('title', 'description', 'title,description'),
    order_by: types.one('created_at', 'updated_at', 'priority', 'due_date', 'title'), sort: types.one('asc', 'desc'),
    created_after: types.moment, created_before: types.moment, updated_after: types.moment,
    updated_before: types.moment, 'iids[]': types.integer,
  },
  makeIssue: { title: types.text, description: types.text, labels: types.labels, confidential: (value) => typeof value === 'boolean' },
  changeIssue: { title: types.text, description: types.text, labels: types.labels, state_event: types.one('close', 'reopen') },
  listNotes: { ...paging, sort: types.one('asc', 'desc'), order_by: types.one('created_at', 'updated_at') },
  listEvents: paging,
  makeNote: { body: types.text, internal: (value) => typeof value === 'boolean' },
  makeLink: { target_project_id: types.project, target_issue_iid: types.project, link_type: types.one('relates_to', 'blocks', 'is_blocked_by') },
  none: {},
};

function checked(parameters, given) {
  for (const [name, value] of given) {
    if (!Object.hasOwn(parameters, name)) bad(`unknown parameter ${name}`);
    if (!parameters[name](value)) bad(`${name} does not have a valid value`);
  }
}

function bodyOf(request, parameters) {
  if (!/^application\/json/.test(request.headers['content-type'] ?? '')) bad('content-type is no JSON');
  let body;
  try { body = JSON.parse(request.body); } catch { bad('the body is no JSON'); }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) bad('the body is no object');
  checked(parameters, Object.entries(body));
  return body;
}

// ── issues ───────────────────────────────────────────────────────────────────────────────────────

const now = () => new Date().toISOString();
const keyOf = (issue) => `${projects.get(issue.project).path}#${issue.iid}`;
const listOf = (labels) => [...new Set((Array.isArray(labels) ? labels : labels.split(',')).map((each) => each.trim()).filter(Boolean))];

const personOf = (id) => ({ id, username: names[id].toLowerCase().replace(' ', '.'), name: names[id], state: 'active' });
const api = (issue) => `http://gitlab.example/api/v4/projects/${issue.project}/issues/${issue.iid}`;

function shown(issue) {
  return {
    id: issue.id, iid: issue.iid, project_id: issue.project, title: issue.title,
    description: issue.description, state: issue.state, labels: issue.labels,
    created_at: issue.created, updated_at: issue.updated, closed_at: issue.closed ?? null,
    moved_to_id: issue.movedTo ?? null, confidential: false, author: personOf(issue.author),
    closed_by: issue.closed ? personOf(issue.events.at(-1).user) : null,
    _links: { self: api(issue), notes: `${api(issue)}/notes`, closed_as_duplicate_of: issue.duplicateOf ? api(issue.duplicateOf) : null },
    web_url: `http://gitlab.example/${projects.get(issue.project).path}/-/issues/${issue.iid}`,
    references: { short: `#${issue.iid}`, relative: `#${issue.iid}`, full: keyOf(issue) },
  };
}

function make(project, author, { title, description = '', labels = [] }) {
  const iid = (project.lastIid ?? 0) + 1;
  project.lastIid = iid;
  const moment = now();
  const issue = {
    id: ++lastId, iid, project: project.id, author, title, labels: listOf(labels), state: 'opened',
    created: moment, updated: moment, notes: [], links: [], events: [],
  };
  issue.description = acted(issue, description, author);
  issue.indexedAt = Date.now() + searchDelayMs;
  project.issues.push(issue);
  return issue;
}

function setState(issue, state, user) {
  if (issue.state === state) return;
  issue.state = state;
  issue.closed = state === 'closed' ? now() : null;
  if (state === 'opened') issue.duplicateOf = undefined;
  const event = state === 'closed' ? 'closed' : 'reopened';
  issue.events.push({ id: ++lastNote, user, state: event, created: now() });
  note(issue, user, event, true);
}

// Quick actions (docs.gitlab.com/ee/user/project/quick_actions.html).
function acted(issue, text, user) {
  return text.replace(/^\/(close|reopen|label|unlabel|assign|title|confidential|lock|todo|due)( [^\n]*)?(\s*\n|$)/gim, (_, command) => {
    if (command.toLowerCase() === 'close') setState(issue, 'closed', user);
    issue.acted = true;
    return '';
  });
}

function note(issue, author, body, system = false) {
  const made = { id: ++lastNote, body: system ? body : acted(issue, body, author), system, author: personOf(author), internal: false, created_at: now(), updated_at: now() };
  issue.notes.push(made);
  issue.updated = made.created_at;
  return made;
}

const words = (text) => text.replace(/[A-Za-z0-9+/@]{50,}/g, ' ').toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
function searched(issue, search, where) {
  if (Date.now() < issue.indexedAt) return false;
  const text = words(where.split(',').map((each) => issue[each]).join('\n'));
  return search.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).every((term) => text.some((word) => word.startsWith(term)));
}

function selected(project, user, query) {
  const get = (name) => query.get(name);
  const iids = query.getAll('iids[]').map(Number);
  const after = (name, field) => (issue) => get(name) === null || Date.parse(issue[field]) >= Date.parse(get(name));
  const before = (name, field) => (issue) => get(name) === null || Date.parse(issue[field]) <= Date.parse(get(name));
  const labels = listOf(get('labels') ?? '');
  const tests = [
    (issue) => get('scope') !== 'created_by_me' || issue.author === user.id,
    () => get('scope') !== 'assigned_to_me',
    (issue) => [null, 'all', issue.state].includes(get('state')),
    (issue) => iids.length === 0 || iids.includes(issue.iid),
    (issue) => labels.every((each) => issue.labels.includes(each)),
    after('created_after', 'created'), before('created_before', 'created'),
    after('updated_after', 'updated'), before('updated_before', 'updated'),
    (issue) => get('search') === null || searched(issue, get('search'), get('in') ?? 'title,description'),
  ];
  const field = get('order_by') === 'updated_at' ? 'updated' : 'created';
  const order = get('sort') === 'asc' ? 1 : -1;
  const issues = project.on ? project.issues.filter((issue) => tests.every((test) => test(issue))) : [];
  return issues.sort((a, b) => order * (Date.parse(a[field]) - Date.parse(b[field]) || a.id - b.id));
}

function page(request, things) {
  const size = Math.min(Number(request.query.get('per_page') ?? 20), 100);
  const number = Number(request.query.get('page') ?? 1);
  const from = (number - 1) * size;
  const more = from + size < things.length;
  const url = new URL(`http://gitlab.example${request.path}?${request.query}`);
  const headers = {};
  const which = dice();
  if (which < 0.8) Object.assign(headers, { 'x-next-page': more ? String(number + 1) : '', 'x-page': String(number), 'x-per-page': String(size) });
  if (which < 0.9) {
    url.searchParams.set('page', String(number + 1));
    headers.link = (more ? `<${url}>; rel="next", ` : '') + `<${url.origin}>; rel="first"`;
  }
  return { status: 200, headers, body: things.slice(from, from + size) };
}

// ── routes ───────────────────────────────────────────────────────────────────────────────────────

function projectOf(part, user) {
  const project = /^\d+$/.test(part) ? projects.get(Number(part))
    : [...projects.values()].find((each) => each.path.toLowerCase() === part.toLowerCase());
  if (!project || (project.id === hidden && !user.admin)) notFound('Project');
  return project;
}

function issueOf(project, iid) {
  if (!/^\d+$/.test(iid)) bad('issue_iid is invalid');
  const issue = project.on && project.issues.find((each) => each.iid === Number(iid));
  return issue || notFound('Issue');
}

function describe(project, user) {
  return {
    id: project.id, path_with_namespace: project.path, archived: false, issues_enabled: project.on,
    issues_access_level: project.on ? 'enabled' : 'disabled',
    permissions: { project_access: { access_level: user.level, notification_level: 3 }, group_access: null },
  };
}

function makeIssue(request, project, user) {
  const body = bodyOf(request, known.makeIssue);
  if (body.title === undefined) bad('title is missing');
  if (body.title.trim() === '') refuse(400, { message: { title: ["can't be blank"] } });
  if ([...body.title].length > 255) refuse(400, { message: { title: ['is too long (maximum is 255 characters)'] } });
  if ([...(body.description ?? '')].length > 1048576) refuse(400, { message: { description: ['is too long (maximum is 1048576 characters)'] } });
  if (!project.on) refuse(403, { message: '403 Forbidden' });
  const issue = make(project, user.id, user.level < 15 ? { ...body, labels: [] } : body);
  return { status: 201, body: shown(issue) };
}

function changeIssue(request, issue, user) {
  const body = bodyOf(request, known.changeIssue);
  if (Object.keys(body).length === 0) bad('title, description, labels, state_event are missing, at least one parameter must be provided');
  if (body.title !== undefined) issue.title = body.title;
  if (body.description !== undefined) issue.description = body.description;
  if (body.labels !== undefined) issue.labels = listOf(body.labels);
  if (body.state_event) setState(issue, body.state_event === 'close' ? 'closed' : 'opened', user.id);
  issue.updated = now();
  return { status: 200, body: shown(issue) };
}

function makeNote(request, issue, user) {
  const body = bodyOf(request, known.makeNote);
  if (body.body === undefined) bad('body is missing');
  if (body.body.trim() === '') refuse(400, { message: '400 Bad request - Note {:note=>["can\'t be blank"]}' });
  return { status: 201, body: note(issue, user.id, body.body) };
}

function makeLink(request, issue, user) {
  const body = bodyOf(request, known.makeLink);
  for (const name of ['target_project_id', 'target_issue_iid']) if (body[name] === undefined) bad(`${name} is missing`);
  const target = issueOf(projectOf(String(body.target_project_id), user), String(body.target_issue_iid));
  if (issue.links.includes(target)) refuse(409, { message: 'Issue(s) already assigned' });
  if (target === issue) refuse(404, { message: 'No matching issue found. Make sure that you are adding a valid issue URL.' });
  issue.links.push(target);
  target.links.push(issue);
  return { status: 201, body: { source_issue: shown(issue), target_issue: shown(target), link_type: body.link_type ?? 'relates_to' } };
}

function ofProject(request, [id, ...rest], user) {
  const project = projectOf(id, user);
  const at = `${request.method} ${rest.map((each, i) => (i % 2 ? ':' : each)).join('/')}`;
  const writes = request.method !== 'GET';
  if (writes && !user.scopes.includes('api')) refuse(403, { error: 'insufficient_scope', error_description: 'The request requires higher privileges than provided by the access token.', scope: 'api' });
  const query = writes ? [] : [...request.query];
  if (at === 'GET ') { checked(known.none, query); return { status: 200, body: describe(project, user) }; }
  if (at === 'GET issues') { checked(known.listIssues, query); const found = page(request, selected(project, user, request.query)); return { ...found, body: found.body.map(shown) }; }
  if (at === 'POST issues') return makeIssue(request, project, user);
  if (rest[0] !== 'issues' || rest.length < 2) notFound('');
  const issue = issueOf(project, rest[1]);
  switch (at) {
    case 'GET issues/:': checked(known.none, query); return { status: 200, body: shown(issue) };
    case 'PUT issues/:': return changeIssue(request, issue, user);
    case 'GET issues/:/notes': {
      checked(known.listNotes, query);
      const notes = request.query.get('sort') === 'asc' ? issue.notes : [...issue.notes].reverse();
      return page(request, notes);
    }
    case 'GET issues/:/resource_state_events': {
      checked(known.listEvents, query);
      const found = page(request, issue.events);
      return { ...found, body: found.body.map((each) => ({
        id: each.id, user: personOf(each.user), created_at: each.created, resource_type: 'Issue', resource_id: issue.id, state: each.state })) };
    }
    case 'POST issues/:/notes': return makeNote(request, issue, user);
    case 'GET issues/:/links': checked(known.none, query); return { status: 200, body: issue.links.map((each) => ({ ...shown(each), link_type: 'relates_to', issue_link_id: each.id })) };
    case 'POST issues/:/links': return makeLink(request, issue, user);
    default: return notFound('');
  }
}

const odd = [{ message: null }, [], 'x', null, [null, 3, { iid: {} }, { iid: 'x', labels: 3 }, { iid: 1, description: 5, labels: [{}, 2], references: [] }], { iid: true, id: [] }, { iid: 1, state: 7 }];

function handle(request) {
  if (request.path.startsWith('/__')) return forTest(request);
  const parts = request.path.split('/').slice(1).map(decodeURIComponent);
  const kind = `${request.method} ${parts.slice(4).map((each) => (/^\d+$/.test(each) ? ':' : each)).join('/')}`;
  counts[kind] = (counts[kind] ?? 0) + 1;
  const limits = { 'ratelimit-limit': '2000', 'ratelimit-remaining': '1900', 'ratelimit-reset': String(Math.floor(Date.now() / 1000) + 60) };
  try {
    if (parts[0] !== 'api' || parts[1] !== 'v4') return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>not found</html>' };
    const user = users[request.headers['private-token']];
    if (!user) refuse(401, { message: '401 Unauthorized' });
    if (user.garbled) return { status: dice() < 0.1 ? 301 : 200, body: JSON.stringify(odd[Math.floor(dice() * odd.length)]) };
    const reply = route(request, parts.slice(2), user);
    return { ...reply, headers: { ...limits, ...reply.headers } };
  } catch (error) {
    if (error instanceof Refusal) return { ...error.reply, headers: limits };
    throw error;
  }
}

function route(request, parts, user) {
  if (parts[0] === 'projects' && parts.length > 1) return ofProject(request, parts.slice(1), user);
  if (request.method !== 'GET') notFound('');
  if (parts.join('/') === 'user' && user.anonymous) refuse(403, { message: '403 Forbidden' });
  if (parts.join('/') === 'user') return { status: 200, body: { id: user.id, username: user.username, name: names[user.id] } };
  if (parts.join('/') === 'personal_access_tokens/self') {
    if (user.bot) notFound('Token');
    const expires = new Date(Date.now() + (user.admin ? 300 : 5) * 86400000).toISOString().slice(0, 10);
    return { status: 200, body: { id: 1, scopes: user.scopes, active: true, revoked: false, expires_at: expires } };
  }
  if (parts[0] === 'issues' && parts.length === 2) {
    if (!user.admin) refuse(403, { message: '403 Forbidden' });
    const issue = [...projects.values()].flatMap((each) => each.issues).find((each) => each.id === Number(parts[1]));
    return issue ? { status: 200, body: shown(issue) } : notFound('Issue');
  }
  return notFound('');
}

// ── for the test ─────────────────────────────────────────────────────────────────────────────────

function forTest(request) {
  if (request.path === '/__counts') return { status: 200, body: counts };
  if (request.path === '/__tickets') return { status: 200, body: ticketsWith(request.query.get('marker')) };
  if (request.path === '/__people' && request.method === 'POST') return people(JSON.parse(request.body));
  return { status: 404, body: {} };
}

const markerOf = (issue) => /(?:^|\n)<!-- riskd:([0-9a-f]+) -->$/.exec(issue.description.trimEnd())?.[1];

function ticketsWith(marker) {
  return [...projects.values()].flatMap((each) => each.issues)
    .filter((issue) => !issue.movedTo && markerOf(issue) !== undefined && (marker === null || markerOf(issue) === marker))
    .map((issue) => ({
      key: keyOf(issue), marker: markerOf(issue), title: issue.title, open: issue.state === 'opened', labels: issue.labels,
      description: issue.description, acted: issue.acted ?? false, notes: issue.notes.length,
      marks: issue.notes.filter((each) => !each.system).flatMap((each) => each.body.match(/riskd:effect [0-9a-f]{16}/g) ?? []),
      links: issue.links.map(keyOf),
    }));
}

function people({ key, ...wish }) {
  const [path, iid] = key.split('#');
  const project = [...projects.values()].find((each) => each.path === path);
  if (wish.off !== undefined) { project.on = !wish.off; return { status: 200, body: {} }; }
  const at = project.issues.findIndex((each) => each.iid === Number(iid));
  if (at < 0) return { status: 404, body: {} };
  const issue = project.issues[at];
  if (wish.title) { note(issue, 3, `changed title from **${issue.title}** to **${wish.title}**`, true); issue.title = wish.title; }
  if (wish.labels) { issue.labels = wish.labels; note(issue, 3, 'changed labels', true); }
  if (wish.delete) project.issues.splice(at, 1);
  if (wish.close) {
    note(issue, 3, wish.close);
    setState(issue, 'closed', 3);
    return { status: 200, body: { person: names[3] } };
  }
  if (wish.duplicate) {
    const [other, number] = wish.duplicate.split('#');
    issue.duplicateOf = [...projects.values()].find((each) => each.path === other).issues.find((each) => each.iid === Number(number));
    note(issue, 3, `marked this issue as a duplicate of #${number}`, true);
    setState(issue, 'closed', 3);
  }
  if (!wish.move) return { status: 200, body: {} };
  const target = [...projects.values()].find((each) => each.path === wish.move);
  const moved = make(target, issue.author, { title: issue.title, description: issue.description, labels: [] });
  issue.movedTo = moved.id;
  setState(issue, 'closed', 3);
  note(issue, 3, `moved to ${keyOf(moved)}`, true);
  return { status: 200, body: { key: keyOf(moved) } };
}

// Others' issues are there before: riskd's are not on the first page.
for (let i = 0; i < 130; ++i)
  make(projects.get(42), i % 2 ? 7 : 3, { title: `Another ${i}`, description: `<!-- riskd: no marker -->\n${i}`, labels: i % 3 ? ['riskd'] : [] });

const { port } = await serve({ port: Number(argument('port', '0')), handle, seed: Number(argument('seed', '1')), faults: Number(argument('faults', '0')) });
console.log(`listening ${port}`);
endWithParent();

// A stand-in of GitHub's REST interface: issues, comments and labels of some repositories, as
// https://docs.github.com/en/rest describes them, with what is awkward about them:
//
//   - a new issue may be missing from listings for some seconds
//   - pull requests stand in listings of issues, and take numbers
//   - pages beyond the first are named by cursors, under /repositories/ID; Link leads to them
//   - a repository that was renamed, and an issue that was transferred, answer 301
//   - 410 what was deleted, 404 what may not be seen, 401 a wrong token
//   - with --faults: rate limits, the primary one and the secondary one without Retry-After
//   - its clock goes ahead of everybody's, and only as requests come: some seconds each
//   - others write issues and comments meanwhile
//   - an issue tells who closed it, its events who closed it and opened it again; a new event may be
//     missing for some seconds
//   - an edit by people in the browser leaves lines that end with CRLF
//
// usage: github.mjs --port N --seed N --faults SHARE --page MOST
//
// Beside what workflow.cpp asks (a ticket's key is the one that it had first):
//   POST /__base {"url", "names"}   addresses in answers begin so; `names`: with owner and repository,
//                                   as the published description knows them
//   POST /__break {"events"}        the next answer holds an issue whose number is a text, or an event
//   POST /__people {"key", "title"} somebody changes the title; every third time the issue is moved
//   POST /__people {"key", "close"} jane writes that as a comment and closes
//   POST /__gone {"key", "how"}     "deleted" or "hidden"
import { argument, endWithParent, random, serve } from './faults.mjs';

const token = 'secret';
const seed = Number(argument('seed', '1'));
const faults = Number(argument('faults', '0'));
const most = Number(argument('page', '100'));
const dice = random(seed + 7);
let base = '';
let byName = false;
let broken = false;
let brokenEvents = false;
let edits = 0;
let waited = 0;  // until the next request

let clock = Date.now() + 137_000;
const now = () => new Date(clock).toISOString().replace(/\.\d+/, '');

const repositories = [
  { id: 101, name: 'acme/shop', issues: [], labels: new Set(['bug']) },
  { id: 102, name: 'acme/moved.here', issues: [], labels: new Set(['bug']) },
  { id: 103, name: 'acme/bare', issues: [], labels: new Set(), bare: true },  // archived, read alone
];
const renamed = { 'acme/store': 'acme/shop' };
let identity = 5000;

const message = (status, text, more = {}) => ({
  status, body: { message: text, documentation_url: 'https://docs.github.com/rest', status: String(status) }, ...more });

// ── what answers look like ──────────────────────────────────────────────────────────────────────

const accounts = { 'riskd-bot': 1, jane: 2, acme: 3 };

function user(login) {
  const url = `${base}/users/${login}`;
  const under = (part) => `${url}/${part}`;
  return {
    login, id: accounts[login], node_id: `U_${accounts[login]}`, avatar_url: under('avatar'), gravatar_id: '', url, html_url: url,
    followers_url: under('followers'), following_url: under('following'), gists_url: under('gists'),
    starred_url: under('starred'), subscriptions_url: under('subscriptions'),
    organizations_url: under('orgs'), repos_url: under('repos'), events_url: under('events'),
    received_events_url: under('received_events'), type: 'User', site_admin: false,
  };
}

const labelOf = (repository, name) => ({
  id: 9, node_id: 'L_9', url: `${base}/repos/${repository.name}/labels/${encodeURIComponent(name)}`,
  name, description: null, color: 'ededed', default: false });

// Listings do not tell who closed it.
function singleOf(repository, issue) {
  return { ...issueOf(repository, issue), closed_by: issue.closed ? user(issue.events.at(-1).by) : null };
}

function eventOf(repository, event) {
  return {
    id: event.id, node_id: `CE_${event.id}`, url: `${base}/repos/${repository.name}/issues/events/${event.id}`,
    actor: user(event.by), event: event.kind, commit_id: null, commit_url: null, created_at: event.created,
    performed_via_github_app: null, ...(event.kind === 'labeled' ? { label: { name: 'riskd', color: 'ededed' } } : { state_reason: event.reason }),
  };
}

function issueOf(repository, issue) {
  const repositoryUrl = `${base}/repos/${repository.name}`;
  const url = `${repositoryUrl}/issues/${issue.number}`;
  return {
    id: issue.id, node_id: `I_${issue.id}`, url, repository_url: repositoryUrl,
    labels_url: `${url}/labels{/name}`, comments_url: `${url}/comments`, events_url: `${url}/events`,
    html_url: `https://github.example/${repository.name}/issues/${issue.number}`,
    number: issue.number, state: issue.state, state_reason: issue.reason, title: issue.title,
    body: issue.body, user: user(issue.by),
    labels: [...issue.labels].map((name) => labelOf(repository, name)),
    assignee: null, assignees: [], milestone: null, locked: false, active_lock_reason: null,
    comments: issue.comments.length, closed_at: issue.closed, created_at: issue.created,
    updated_at: issue.updated, author_association: 'COLLABORATOR',
    ...(issue.pull ? { pull_request: { url: null, html_url: null, diff_url: null, patch_url: null } } : {}),
  };
}

function commentOf(repository, issue, comment) {
  const url = `${base}/repos/${repository.name}/issues/comments/${comment.id}`;
  return {
    id: comment.id, node_id: `IC_${comment.id}`, url, html_url: `${url}#`,
    issue_url: `${base}/repos/${repository.name}/issues/${issue.number}`, body: comment.body,
    user: user(comment.by), created_at: comment.created, updated_at: comment.created,
    author_association: 'COLLABORATOR' };
}

// ── issues ──────────────────────────────────────────────────────────────────────────────────────

function addIssue(repository, { title, body, labels, pull = false, by = 'riskd-bot' }) {
  const issue = {
    id: ++identity, number: repository.issues.length + 1, title, body, labels: new Set(labels),
    state: 'open', reason: null, closed: null, created: now(), updated: now(), comments: [], pull, by,
    events: labels.map(() => ({ id: ++identity, kind: 'labeled', by, created: now(), listedFrom: 0 })),
    listedFrom: clock + (dice() < 0.5 ? 6_000 : 0) };
  issue.firstKey = `${repository.name}#${issue.number}`;
  labels.forEach((name) => repository.labels.add(name));
  repository.issues.push(issue);
  return issue;
}

function create(repository, sent) {
  if (typeof sent.title !== 'string' || sent.title.length > 256)
    return message(422, 'Validation Failed', { });
  if (sent.body !== undefined && (typeof sent.body !== 'string' || sent.body.length > 65536))
    return message(422, 'body is too long (maximum is 65536 characters)');
  if (dice() < 0.1) addIssue(repository, { title: 'A change', body: null, labels: [], pull: true, by: 'jane' });
  const labels = (sent.labels ?? []).map((each) => each.name ?? each);
  const issue = addIssue(repository, { title: sent.title, body: sent.body ?? null, labels });
  // Others write as well: what is looked for may stand on the second page.
  for (let more = dice() < 0.5 ? dice() * 14 : 0; more > 0; more--)
    addIssue(repository, { title: 'From outside', body: 'It does\nnot work', labels: [], by: 'jane' });
  return { status: 201, body: issueOf(repository, issue) };
}

function edit(repository, issue, sent) {
  if (sent.state !== undefined && sent.state !== 'open' && sent.state !== 'closed')
    return message(422, 'Validation Failed');
  if (sent.state !== undefined) setState(issue, 'riskd-bot', sent.state, sent.state_reason);
  return { status: 200, body: singleOf(repository, issue) };
}

function setState(issue, by, state, reason) {
  if (state === issue.state) return;
  const closes = state === 'closed';
  issue.state = state;
  issue.reason = reason ?? (closes ? 'completed' : 'reopened');
  issue.closed = closes ? now() : null;
  issue.updated = now();
  issue.events.push({
    id: ++identity, kind: closes ? 'closed' : 'reopened', by, created: now(), reason: closes ? issue.reason : null,
    listedFrom: clock + (dice() < 0.5 ? 4_000 : 0) });
}

// The part of a list that a page holds, with the Link header to the next. A cursor is a position here.
function paged(request, repository, path, all) {
  const size = Math.min(Number(request.query.get('per_page') ?? 30), most);
  const cursor = request.query.get('after');
  const begin = cursor !== null ? Number(Buffer.from(cursor, 'base64').toString())
    : (Number(request.query.get('page') ?? 1) - 1) * size;
  const part = all.slice(begin, begin + size);
  const headers = {};
  if (begin + size < all.length) {
    const query = new URLSearchParams(request.query);
    const under = byName ? `/repos/${repository.name}` : `/repositories/${repository.id}`;
    if (byName) query.set('page', String(begin / size + 2));
    else query.set('after', Buffer.from(String(begin + size)).toString('base64'));
    headers.link = `<${base}${under}${path}?page=1>; rel="first", <${base}${under}${path}?${query}>; rel="next"`;
  }
  return { part, headers };
}

function listed(request, repository) {
  const wanted = request.query.get('labels')?.split(',') ?? [];
  const state = request.query.get('state') ?? 'open';
  const since = Date.parse(request.query.get('since') ?? '1970-01-01T00:00:00Z');
  const field = request.query.get('sort') === 'updated' ? 'updated' : 'created';
  const up = request.query.get('direction') === 'asc' ? 1 : -1;
  const found = repository.issues.filter((issue) => {
    if (issue.elsewhere || issue.deleted || issue.hidden) return false;
    if (issue.listedFrom > clock) return false;
    return (state === 'all' || issue.state === state) && Date.parse(issue.updated) >= since
      && wanted.every((each) => [...issue.labels].some((label) => label.toLowerCase() === each.toLowerCase()));
  });
  found.sort((a, b) => up * (Date.parse(a[field]) - Date.parse(b[field]) || a.number - b.number));
  const { part, headers } = paged(request, repository, '/issues', found);
  const body = part.map((issue) => issueOf(repository, issue));
  if (broken && body.length > 0) { broken = false; body[0].number = 'twelve'; }
  return { status: 200, headers, body };
}

function move(repository, issue) {
  const to = repositories[1];
  const moved = { ...issue, number: to.issues.length + 1, id: ++identity };
  to.issues.push(moved);
  issue.elsewhere = { repository: to, number: moved.number };
}

const place = (repository) => byName ? `${base}/repos/${repository.name}` : `${base}/repositories/${repository.id}`;

function one(request, repository, number, rest) {
  const issue = repository.issues[number - 1];
  if (!issue || issue.hidden) return message(404, 'Not Found');
  if (issue.deleted) return message(410, 'This issue was deleted');
  if (issue.elsewhere) {
    const location = `${place(issue.elsewhere.repository)}/issues/${issue.elsewhere.number}${rest}`;
    return message(301, 'Moved Permanently', { headers: { location } });
  }
  if (rest === '' && request.method === 'GET') {
    const body = singleOf(repository, issue);
    if (broken) { broken = false; body.number = 'twelve'; }
    return { status: 200, body };
  }
  if (rest === '' && request.method === 'PATCH') return edit(repository, issue, JSON.parse(request.body));
  if (rest === '/events' && request.method === 'GET') {
    const seen = issue.events.filter((each) => each.listedFrom <= clock);
    const { part, headers } = paged(request, repository, `/issues/${number}/events`, seen);
    const body = part.map((each) => eventOf(repository, each));
    if (brokenEvents && body.length > 0) { brokenEvents = false; body[0].id = 'twelve'; }
    return { status: 200, headers, body };
  }
  if (rest === '/comments' && request.method === 'GET') {
    const { part, headers } = paged(request, repository, `/issues/${number}/comments`, issue.comments);
    return { status: 200, headers, body: part.map((each) => commentOf(repository, issue, each)) };
  }
  if (rest === '/comments' && request.method === 'POST') {
    const { body } = JSON.parse(request.body);
    if (typeof body !== 'string' || body === '') return message(422, 'Validation Failed');
    const comment = { id: ++identity, by: 'riskd-bot', body, created: now() };
    issue.comments.push(comment);
    issue.updated = now();
    return { status: 201, body: commentOf(repository, issue, comment) };
  }
  return message(404, 'Not Found');
}

function described(repository) {
  const url = `${base}/repos/${repository.name}`;
  const addresses = ['archive', 'assignees', 'blobs', 'branches', 'collaborators', 'comments', 'commits',
    'compare', 'contents', 'contributors', 'deployments', 'downloads', 'events', 'forks', 'git_commits',
    'git_refs', 'git_tags', 'hooks', 'issue_comment', 'issue_events', 'issues', 'keys', 'labels',
    'languages', 'merges', 'milestones', 'notifications', 'pulls', 'releases', 'stargazers', 'statuses',
    'subscribers', 'subscription', 'tags', 'teams', 'trees', 'clone', 'git', 'ssh', 'svn'];
  return {
    ...Object.fromEntries(addresses.map((each) => [`${each}_url`, `${url}/${each}`])),
    id: repository.id, node_id: 'R_1', name: repository.name.split('/')[1], full_name: repository.name,
    owner: user('acme'), private: true, html_url: url, url, description: null, fork: false,
    mirror_url: null, homepage: null, language: null, license: null, default_branch: 'main', forks: 0,
    forks_count: 0, stargazers_count: 0, watchers: 0, watchers_count: 0, size: 1, open_issues: 0,
    open_issues_count: 0, has_issues: !repository.bare, has_projects: true, has_wiki: false, has_pages: false,
    has_discussions: false, archived: repository.bare === true, disabled: false, pushed_at: now(), created_at: now(),
    updated_at: now(), network_count: 0, subscribers_count: 0,
    permissions: { admin: false, maintain: false, push: !repository.bare, triage: !repository.bare, pull: true } };
}

// ── requests ────────────────────────────────────────────────────────────────────────────────────

function limited() {
  const chance = dice();
  // Whoever keeps to it comes back after that time.
  if (chance < faults * 0.06) {
    waited = 60_000;
    return message(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.');
  }
  if (chance < faults * 0.12) {
    const reset = String(Math.floor(clock / 1000) + 40);
    waited = 40_000;
    return message(403, 'API rate limit exceeded for user ID 1.', {
      headers: { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } });
  }
  return undefined;
}

function repositoryAt(path) {
  const byNumber = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
  if (byNumber) return [repositories.find((each) => each.id === Number(byNumber[1])), byNumber[2] ?? ''];
  const named = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path);
  if (!named) return [undefined, ''];
  const wanted = named[1].toLowerCase();
  if (renamed[wanted]) {
    const now = repositories.find((each) => each.name === renamed[wanted]);
    return [{ location: `${place(now)}${named[2] ?? ''}` }, ''];
  }
  return [repositories.find((each) => each.name === wanted), named[2] ?? ''];
}

function ask(request) {
  const { method, path, headers } = request;
  if (!headers['user-agent']) return message(403, 'Request forbidden by administrative rules.');
  if (headers.authorization !== `Bearer ${token}`) return message(401, 'Bad credentials');
  if (headers['x-github-api-version'] !== '2022-11-28') return message(400, 'no version');
  const refused = limited();
  if (refused) return refused;
  if (path === '/user') {
    return { status: 200, body: { ...user('riskd-bot'), name: null, company: null, blog: null, location: null,
      email: null, hireable: null, bio: null, public_repos: 0, public_gists: 0, followers: 0, following: 0,
      created_at: now(), updated_at: now() } };
  }
  const [repository, rest] = repositoryAt(path);
  if (!repository) return message(404, 'Not Found');
  if (repository.location)
    return message(method === 'GET' ? 301 : 307, 'Moved Permanently', { headers: { location: repository.location + (request.query.size ? `?${request.query}` : '') } });
  if (rest === '') return { status: 200, body: described(repository) };
  if (repository.bare && rest.startsWith('/issues')) return message(410, 'Issues has been disabled in this repository.');
  if (rest === '/issues' && method === 'GET') return listed(request, repository);
  if (rest === '/issues' && method === 'POST') return create(repository, JSON.parse(request.body));
  const label = /^\/labels\/([^/]+)$/.exec(rest);
  if (label) {
    const name = decodeURIComponent(label[1]);
    return repository.labels.has(name) ? { status: 200, body: labelOf(repository, name) } : message(404, 'Not Found');
  }
  const at = /^\/issues\/(\d+)(\/comments|\/events)?$/.exec(rest);
  return at ? one(request, repository, Number(at[1]), at[2] ?? '') : message(404, 'Not Found');
}

// ── for the test ────────────────────────────────────────────────────────────────────────────────

const current = () => repositories.flatMap((repository) =>
  repository.issues.filter((issue) => !issue.elsewhere).map((issue) => ({ repository, issue })));

function tickets(marker) {
  return current()
    .filter(({ issue }) => (issue.body ?? '').trimEnd().endsWith(`<!-- riskd:${marker} -->`))
    .map(({ issue }) => ({
      key: issue.firstKey, title: issue.title, open: issue.state === 'open',
      marks: issue.comments.flatMap(({ body }) => body.match(/riskd:effect [0-9a-f]{16}/g) ?? []),
      links: issue.comments.flatMap(({ body }) => /^Relates to (\S+#\d+)$/m.exec(body)?.slice(1) ?? []),
    }));
}

function testing(request) {
  if (request.path === '/__tickets') return tickets(request.query.get('marker'));
  const sent = request.body ? JSON.parse(request.body) : {};
  if (request.path === '/__break') [broken, brokenEvents] = [!sent.events, sent.events === true];
  if (request.path === '/__base') [base, byName] = [sent.url, sent.names];
  const known = current().find(({ issue }) => issue.firstKey === sent.key);
  if (request.path === '/__people' && sent.close) {
    known.issue.comments.push({ id: ++identity, by: 'jane', body: sent.close, created: now() });
    setState(known.issue, 'jane', 'closed');
    return { person: 'jane' };
  }
  if (request.path === '/__people') {
    known.issue.title = sent.title;
    known.issue.body = known.issue.body.replace(/\r?\n/g, '\r\n');
    known.issue.updated = now();
    for (let i = 0; i < 12; i++) known.issue.comments.push({ id: ++identity, by: 'jane', body: 'What is this?', created: now() });
    if (++edits % 3 === 0) move(known.repository, known.issue);
  }
  if (request.path === '/__gone') known.issue[sent.how] = true;
  return {};
}

function handle(request) {
  if (request.path.startsWith('/__')) return { status: 200, body: testing(request) };
  clock += waited + 1000 * Math.floor(1 + dice() * 3);
  waited = 0;
  const headers = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4321', 'x-ratelimit-reset': String(Math.floor(clock / 1000) + 1800) };
  base ||= `http://${request.headers.host}`;
  const reply = ask(request);
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

const { port } = await serve({ port: Number(argument('port', '0')), handle, seed, faults, date: () => new Date(clock) });
endWithParent();
console.log(`listening ${port}`);

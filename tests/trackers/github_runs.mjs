// usage: github_runs.mjs BIN_FOLDER MODULES (see run_github)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrism } from './prism.mjs';
import { expect, post, startStandIn, workflow } from './runs.mjs';
import { slim } from './slim.mjs';

const [, , bin, modules] = process.argv;
const asked = { kind: 'github', project: 'acme/shop', label: 'riskd', people: 'yes', gone: 'yes' };
const headers = {
  accept: 'application/vnd.github+json, application/json;q=0.9', authorization: 'Bearer secret',
  'content-type': 'application/json', 'user-agent': 'riskd', 'x-github-api-version': '2022-11-28' };

async function ask(url, method = 'GET', body = undefined) {
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, said: await answer.text() };
}

// What breaks the description must be refused, or the validated runs would show nothing.
async function canaries(url, standIn) {
  const issues = `${url}/repos/acme/shop/issues`;
  const refused = [
    ['a body that is a number', issues, { title: 'a', body: 12 }],
    ['no title', issues, { body: 'b' }],
    ['labels that are one text', issues, { title: 'a', labels: 'riskd' }],
    ['a comment without text', `${issues}/1/comments`, {}],
  ];
  for (const [what, address, body] of refused) {
    const { status, said } = await ask(address, 'POST', body);
    expect(status === 422 && /request/i.test(said), `refused: ${what}`, `${status} ${said}`);
  }
  const made = await ask(issues, 'POST', { title: 'a', body: 'b', labels: ['riskd'] });
  expect(made.status === 201, 'a good request passes', `${made.status} ${made.said}`);
  const state = await ask(`${issues}/1`, 'PATCH', { state: 'closed', state_reason: 'done' });
  expect(state.status === 422, 'refused: a reason that there is not', `${state.status} ${state.said}`);
  await post(`${standIn.url}/__break`);
  const broken = await ask(`${issues}/1`);
  expect(broken.status === 500 && /number/.test(broken.said), 'told: an answer whose number is a text', `${broken.status} ${broken.said}`);
  await post(`${standIn.url}/__break`, { events: true });
  const events = await ask(`${issues}/1/events`);
  expect(events.status === 500 && /violation/i.test(events.said), 'told: an event whose id is a text', `${events.status} ${events.said}`);
}

// What is wrong with a configuration is told without a change.
async function checks(url) {
  const check = (more) => workflow(bin, { ...asked, url, check: 'yes', runs: 0, ...more });
  const cases = [
    ['a good configuration', {}, 0, /signed in as `riskd-bot`\n.*`acme\/shop` is there\nwarning: .* no label `riskd`/],
    ['a repository that is called otherwise', { project: 'acme/store' }, 0, /warning: repository `acme\/store` is called `acme\/shop` now/],
    ['a repository that may not be seen', { project: 'acme/other' }, 1, /error: repository `acme\/other`: it answered 404/],
    ['no repository', { project: 'acme' }, 1, /is `owner\/repository`/],
    ['no issues', { project: 'acme/bare' }, 1, /error: repository `acme\/bare` has no issues\nerror: .* is archived.*\nwarning: .* may label/],
    ['a token that has expired', { token: 'expired' }, 1, /error: it answered 401: Bad credentials/],
  ];
  for (const [what, more, wanted, pattern] of cases) {
    const { code, said } = await check(more);
    expect(code === wanted && pattern.test(said), `check: ${what}`, `${code} ${said}`);
  }
}

// A bad answer is an error that says what is wrong, and no crash.
async function badAnswer() {
  const standIn = await startStandIn('github.mjs');
  await checks(standIn.url);
  const first = await workflow(bin, { ...asked, url: standIn.url, runs: 1 });
  expect(first.code === 0, 'one run', first.said);
  await post(`${standIn.url}/__break`);
  const { code, said } = await workflow(bin, { ...asked, url: standIn.url, gone: 'no', runs: 1, seed: 2 });
  expect(code === 1 && /an issue without a number/.test(said), 'a bad answer is told as such', `${code} ${said}`);
  const wrong = await workflow(bin, { ...asked, url: standIn.url, token: 'other', runs: 1, seed: 3 });
  expect(wrong.code === 1 && /401: Bad credentials/.test(wrong.said) && !/other/.test(wrong.said), 'a wrong token is told, and not shown', wrong.said);
  standIn.stop();
}

function describe(folder) {
  const published = join(modules, '@octokit/openapi/generated/api.github.com.json');
  const repository = '/repos/{owner}/{repo}';
  const paths = ['/user', '/rate_limit', repository, `${repository}/issues`,
    `${repository}/issues/{issue_number}`, `${repository}/issues/{issue_number}/comments`,
    `${repository}/issues/{issue_number}/events`,
    `${repository}/labels/{name}`];
  const file = join(folder, 'github.json');
  writeFileSync(file, JSON.stringify(slim(JSON.parse(readFileSync(published, 'utf8')), paths)));
  return file;
}

async function validated() {
  const folder = mkdtempSync(join(tmpdir(), 'riskd-github-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const description = describe(folder);
  const standIn = await startStandIn('github.mjs', { seed: 3, page: 10 });
  const prism = await startPrism({ modules, description, upstream: standIn.url });
  const url = `http://127.0.0.1:${prism.port}`;
  await post(`${standIn.url}/__base`, { url, names: true });
  await canaries(url, standIn);
  const { code, said } = await workflow(bin, { ...asked, url, via: standIn.url, gone: 'no', check: 'yes', runs: 40, seed: 1, timeout: 10_000 });
  expect(code === 0 && /signed in/.test(said), `validated: ${said}`, said);
  prism.stop();
  standIn.stop();
}

async function faulty(seed, runs, project) {
  // Every other one keeps its tickets, so that listings have many pages.
  const gone = seed % 2 === 0 ? 'yes' : 'no';
  const standIn = await startStandIn('github.mjs', { seed, faults: 0.15, page: gone === 'yes' ? 100 : 10 });
  const { code, said } = await workflow(bin, { ...asked, url: standIn.url, project, runs, seed, gone, timeout: 300 });
  expect(code === 0, said, said);
  standIn.stop();
}

await badAnswer();
await validated();
// Some at a time; the old name of the repository leads to the new one.
const seeds = Array.from({ length: 14 }, (_, i) => 11 + i);
const workers = [0, 1, 2].map(async () => {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
    await faulty(seed, 25, seed % 3 === 0 ? 'acme/store' : 'acme/shop');
});
await Promise.all(workers);
process.exit(0);

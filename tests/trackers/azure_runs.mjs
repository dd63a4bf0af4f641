// usage: azure_runs.mjs BIN_FOLDER (see run_azure)
//
// Canaries first: the stand-in refuses what the documentation does not know. Then the cases, runs of the workflow without faults,
// and many over a wire that fails; and one who does not wait for the query, which makes a second ticket.
import { spawnSync } from 'node:child_process';
import { expect, startStandIn, workflow } from './runs.mjs';

const [, , bin] = process.argv;
const asked = { kind: 'azure', people: 'yes', gone: 'yes', close: '', reopen: '' };
const began = Date.now();

async function canaries() {
  const standIn = await startStandIn('azure.mjs');
  const title = { op: 'add', path: '/fields/System.Title', value: 't' };
  const patch = (operations, path = '/My%20Shop/_apis/wit/workitems/$Task', method = 'POST') => ({ path, method, body: JSON.stringify(operations), type: 'application/json-patch+json' });
  const query = (text, more = '') => ({ path: `/_apis/wit/wiql?a=1${more}`, method: 'POST', body: JSON.stringify({ query: text }), type: 'application/json' });
  const from = 'SELECT [System.Id] FROM WorkItems WHERE';
  const refused = [
    [400, patch([])],
    [400, patch([{ ...title, op: 'put' }])],
    [400, patch([{ ...title, value: ' ' }])],
    [400, patch([{ ...title, value: 'x'.repeat(256) }])],
    [400, patch([{ ...title, value: 7 }])],
    [400, patch([title, { op: 'add', path: '/fields/System.Tags', value: 'x'.repeat(401) }])],
    [400, patch([title, { op: 'add', path: '/fields/Custom.Other', value: 'x' }])],
    [400, patch([title, { op: 'add', path: '/fields/System.State', value: 'Finished' }])],
    [400, patch([title, { op: 'add', path: '/fields/Microsoft.VSTS.Common.Priority', value: 'High' }])],
    [415, { ...patch([title]), type: 'application/json' }],
    [404, patch([title], '/My%20Shop/_apis/wit/workitems/$Epic')],
    [404, patch([title], '/Hidden/_apis/wit/workitems/$Task')],
    [404, patch([title], '/_apis/wit/workitems/$Task')],
    [412, patch([{ op: 'test', path: '/rev', value: 9 }, title], '/_apis/wit/workitems/1', 'PATCH')],
    [400, { path: '/_apis/wit/workitems/1?colour=red' }],
    [400, { path: '/_apis/wit/workitems/1?fields=System.Title&$expand=relations' }],
    [404, { path: '/_apis/wit/workitems/9999' }],
    [404, { path: '/_apis/wit/workitems?ids=1,9999' }],
    [400, { path: `/_apis/wit/workitems?ids=${Array.from({ length: 201 }, (_, i) => i + 1)}` }],
    [400, query(`${from} [System.State] = 'x' ORDER BY [System.Id]`)],
    [400, query(`${from} [System.Id] > 0`)],
    [400, query(`${from} [System.ChangedDate] >= '2026-01-01T00:00:00Z' ORDER BY [System.Id]`)],
  ];
  const send = async ({ path, method = 'GET', body, type }, token = 'secret') => {
    const url = `${standIn.url}${path.replace('?a=1', '?')}${path.includes('?') ? '&' : '?'}api-version=6.0`.replace('?&', '?');
    const headers = { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}`, ...(type && { 'content-type': type }) };
    return fetch(url, { method, body, headers, redirect: 'manual' });
  };
  for (const [status, request] of refused) {
    const got = await send(request);
    expect(got.status === status, `refused: ${request.method ?? 'GET'} ${request.path.slice(0, 60)} ${(request.body ?? '').slice(0, 90)}`, `${got.status} ${await got.text()}`);
  }
  const omitted = await (await send({ path: '/_apis/wit/workitems?ids=1,9999&errorPolicy=omit' })).json();
  expect(omitted.value[0].id === 1 && omitted.value[1] === null, 'what is not there is null where that is asked for');
  expect((await send({ path: '/_apis/wit/workitems/1' }, 'stale')).status === 203, 'a token that has ended gets a page to sign in');
  expect((await fetch(`${standIn.url}/_apis/wit/workitems/1`, { headers: { authorization: `Basic ${Buffer.from(':secret').toString('base64')}` } })).status === 400, 'a version must be named');
  const cleaned = await (await send(patch([title, { op: 'add', path: '/fields/System.Description', value: 'a<!-- riskd:effect 0 --><script>x</script>b' }]))).json();
  expect(cleaned.fields['System.Description'] === 'ab', 'HTML is cleaned: a mark in a comment would be lost');
  standIn.stop();
}

async function cases() {
  const standIn = await startStandIn('azure.mjs');
  const done = spawnSync(`${bin}/azure_cases`, [standIn.url], { encoding: 'utf8', timeout: 120_000 });
  expect(done.status === 0, (done.stdout ?? '').trim() || 'the cases', `${done.status} ${done.stderr}`);
  standIn.stop();
}

async function run(what, options, ofStandIn = {}) {
  const standIn = await startStandIn('azure.mjs', ofStandIn);
  const { code, said } = await workflow(bin, { ...asked, url: standIn.url, ...options });
  standIn.stop();
  return { good: code === 0, said: `${what}: ${said}` };
}

async function passes(what, options, ofStandIn) {
  const { good, said } = await run(what, options, ofStandIn);
  expect(good, said, said);
}

await canaries();
await cases();
await passes('Basic', { project: 'My Shop', runs: 30, seed: 1, check: 'yes' });
await passes('Agile, with states that are named', { project: 'Agile', close: 'Active,Resolved,Closed', reopen: 'Active', runs: 30, seed: 2 });
await passes('with a field for the marker', { project: 'My Shop', 'marker-field': 'Custom.Riskd', type: 'Issue', runs: 30, seed: 3 });
// Some at a time: they mostly wait.
const seeds = Array.from({ length: 12 }, (_, i) => 11 + i);
const workers = [0, 1, 2].map(async () => {
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
    await passes('over a wire that fails', { project: seed % 2 ? 'My Shop' : 'Agile', runs: 25, seed, timeout: 300, ...(seed % 3 ? {} : { 'marker-field': 'Custom.Riskd' }) }, { seed, faults: 0.15 });
});
await Promise.all(workers);
const impatient = await run('who does not wait for the query', { project: 'My Shop', runs: 25, seed: 1, timeout: 300, settle: 0 }, { seed: 1, faults: 0.15 });
expect(!impatient.good && /2 tickets with the marker|was made, and not found/.test(impatient.said), impatient.said, impatient.said);
console.log(`${90 + 12 * 25} runs in ${Math.round((Date.now() - began) / 1000)} s`);
process.exit(0);

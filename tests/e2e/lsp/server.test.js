// `riskctl lsp` as an editor uses it.
'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Client, edited, rpc } = require('./client.js');

const model = `library shop "Shop"
import core

# Who comes in, and how.
questionnaire q "Q" {
  question reach "Who can 💥 reach it? 😀" : one-of ordered { staff "Staff" internet "All" }
  question cards "Cards?" : yes-no ask when reach is internet
}
let product.wide = reach is internet and cards

pattern login "Login" {
  when wide
  risk stuffing "Stuffing" {
    confidentiality high
    exposure match reach { staff: low, internet: high }
    weakness unlimited CWE-307 "No limit" {
      test junit "*.Limit.*"
      countermeasure throttle "Throttle" { required when reach >= internet mitigates 50% }
    }
  }
}
`;
const scenarios = `library shop "Shop"

scenario "applies" {
  given reach = internet, cards = yes
  expect pattern login applies
  expect countermeasure throttle is required
}
scenario "is wrong" {
  given reach = staff
  expect pattern login applies
}
`;

async function started(files = { 'a.risk': model, 'b/scenarios.risk': scenarios }, args = []) {
  const client = new Client(files, args);
  const { capabilities } = await client.initialize();
  assert.equal(capabilities.positionEncoding, 'utf-16');
  for (const name of Object.keys(files)) await client.open(name);
  return client;
}

async function labels(client, name, context) {
  const list = await client.request(rpc.CompletionRequest.type, client.at(name, context));
  return list.items.map((item) => item.label);
}

// Types `text` for `context` into the document without telling the server's compiler first.
async function typed(client, name, from, to) {
  const text = client.texts.get(name);
  assert.ok(text.includes(from));
  client.texts.set(name, text.replace(from, to));
  await client.change(name, 9, [{ text: client.texts.get(name) }]);
}

test('diagnostics come while typing, carry code, help and related places, and go', async () => {
  const client = await started();
  await client.published('a.risk', (all) => all.length === 0);
  const at = client.at('a.risk', 'when |wide');
  // Two incremental edits at once: `wide` → `wade` and the declaration of a second `reach`.
  await client.change('a.risk', 2, [
    { range: { start: { line: at.position.line, character: at.position.character + 1 },
               end: { line: at.position.line, character: at.position.character + 2 } }, text: 'a' },
    { range: { start: { line: 5, character: 0 }, end: { line: 5, character: 0 } },
      text: '  question cards "Again?" : yes-no\n' },
  ]);
  const found = await client.published('a.risk', (all, { version }) => all.length >= 2 && version === 2);
  const unknown = found.find((each) => each.code === 'R0201');
  assert.match(unknown.message, /there is no `wade` here\nhelp: did you mean `wide`\?/);
  assert.equal(unknown.severity, 1);
  assert.equal(unknown.source, 'riskd');
  const twice = found.find((each) => each.code === 'R0202');
  assert.equal(twice.relatedInformation[0].location.uri, client.uri('a.risk'));
  await client.change('a.risk', 3, [{ text: model }]);
  await client.published('a.risk', (all, { version }) => all.length === 0 && version === 3);
  assert.equal(await client.stop(), 0);
});

test('files that are not open are checked too, and open buffers win over the disk', async () => {
  const client = new Client({ 'a.risk': model, 'broken.risk': 'library shop "Shop"\nlet product.x = nobody\n' });
  await client.initialize();
  await client.published('broken.risk', (all) => all.some((each) => each.code === 'R0201'));
  await client.open('broken.risk', 'library shop "Shop"\nlet product.x = 1\n');
  await client.published('broken.risk', (all) => all.length === 0);
  assert.equal(await client.stop(), 0);
});

test('columns are counted in UTF-16', async () => {
  const client = await started();
  const hover = await client.request(rpc.HoverRequest.type, client.at('a.risk', '"All" }|'.replace('"All" }|', 'int|ernet "All"')));
  assert.match(hover.contents.value, /choice internet/);
  const line = client.texts.get('a.risk').split('\n')[5];
  assert.equal(hover.range.start.character, line.indexOf('internet'));
  assert.equal(hover.range.end.character, line.indexOf('internet') + 8);
  // An edit behind an astral character.
  await client.change('a.risk', 2, [
    { range: { start: { line: 5, character: line.indexOf(' 😀') }, end: { line: 5, character: line.indexOf('😀') + 2 } }, text: '' },
  ]);
  client.texts.set('a.risk', model.replace(' 😀', ''));
  const again = await client.request(rpc.HoverRequest.type, client.at('a.risk', 'int|ernet "All"'));
  assert.match(again.contents.value, /choice internet/);
  await client.stop();
});

test('hover shows type, title, documentation, and built-in names', async () => {
  const client = await started();
  const said = async (name, context) =>
    (await client.request(rpc.HoverRequest.type, client.at(name, context)))?.contents.value;
  assert.match(await said('a.risk', 're|ach is internet and'), /question reach : one-of ordered \{staff, internet\}/);
  assert.match(await said('a.risk', 'questionnaire q|'), /Who comes in, and how\./);
  assert.match(await said('a.risk', 'when wi|de'), /let product\.wide : yes-no/);
  assert.match(await said('a.risk', 'confident|iality'), /attribute risk\.confidentiality : level[^]*Damage when data is read/);
  assert.match(await said('b/scenarios.risk', 'thr|ottle is'), /countermeasure throttle/);
  assert.match(await said('a.risk', 'mit|igates'), /Built in, of countermeasure|share of the risk/);
  assert.equal(await said('a.risk', 'No li|mit'), undefined);
  await client.stop();
});

test('definitions and references cross files, into the shipped rules and scenarios', async () => {
  const client = await started();
  const shipped = await client.request(rpc.DefinitionRequest.type, client.at('a.risk', 'confid|entiality'));
  assert.match(shipped.uri, /rules\/core\/core\.risk$/);
  const own = await client.request(rpc.DefinitionRequest.type, client.at('b/scenarios.risk', 'given rea|ch = internet'));
  assert.equal(own.uri, client.uri('a.risk'));
  assert.equal(own.range.start.line, 5);
  const at = client.at('a.risk', 'question rea|ch');
  const all = await client.request(rpc.ReferencesRequest.type, { ...at, context: { includeDeclaration: true } });
  assert.equal(all.length, 7);
  assert.equal(all.filter((each) => each.uri === client.uri('b/scenarios.risk')).length, 2);
  const uses = await client.request(rpc.ReferencesRequest.type, { ...at, context: { includeDeclaration: false } });
  assert.equal(uses.length, 6);
  await client.stop();
});

test('rename changes every use, and refuses what would break or is not ours', async () => {
  const client = await started();
  const at = client.at('a.risk', 'wi|de and'.replace('wi|de and', 'when wi|de'));
  const prepared = await client.request(rpc.PrepareRenameRequest.type, at);
  assert.equal(prepared.placeholder, 'wide');
  const choice = client.at('b/scenarios.risk', 'reach = inter|net');
  const { changes } = await client.request(rpc.RenameRequest.type, { ...choice, newName: 'anyone' });
  const renamed = edited(model, changes[client.uri('a.risk')]);
  assert.equal(renamed, model.replaceAll('internet', 'anyone'));
  assert.equal(edited(scenarios, changes[client.uri('b/scenarios.risk')]), scenarios.replaceAll('internet', 'anyone'));
  const refused = (params, message) => assert.rejects(client.request(rpc.RenameRequest.type, params), message);
  await refused({ ...choice, newName: 'Any One' }, /is no name/);
  await refused({ ...choice, newName: 'match' }, /is no name/);
  await refused({ ...choice, newName: 'staff' }, /`staff` is taken: a choice/);
  await refused({ ...at, newName: 'cards' }, /`wide` cannot be called `cards`|taken/);
  await refused({ ...client.at('a.risk', 'confid|entiality'), newName: 'secrecy' }, /shipped rule file/);
  await assert.rejects(client.request(rpc.PrepareRenameRequest.type, client.at('a.risk', 'conf|identiality')), /shipped/);
  await assert.rejects(client.request(rpc.PrepareRenameRequest.type, client.at('a.risk', '"No li|mit"')), /no name here/);
  await client.stop();
});

test('a shipped rule file that somebody looks at is read and never renamed in', async () => {
  const client = await started();
  const file = path.join(process.env.RISKD_SOURCE_DIR, 'rules/core/core.risk');
  const text = fs.readFileSync(file, 'utf8');
  const textDocument = { uri: `file://${file}` };
  await client.connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
    textDocument: { ...textDocument, languageId: 'risk', version: 1, text },
  });
  const line = text.split('\n').findIndex((each) => each.startsWith('scale level'));
  const at = { textDocument, position: { line, character: 8 } };
  assert.match((await client.request(rpc.HoverRequest.type, at)).contents.value, /scale level/);
  await assert.rejects(client.request(rpc.RenameRequest.type, { ...at, newName: 'grade' }), /shipped rule file/);
  await client.stop();
});

test('completion knows the construct, the type beside a comparison, and the elements', async () => {
  const client = await started();
  const has = (all, ...wanted) => wanted.forEach((each) => assert.ok(all.includes(each), `${each} in ${all}`));
  const lacks = (all, ...wanted) => wanted.forEach((each) => assert.ok(!all.includes(each), `no ${each} in ${all}`));

  const choices = await labels(client, 'a.risk', 'wide = reach is |internet');
  has(choices, 'staff', 'internet', 'not', 'answered');
  const cases = await labels(client, 'a.risk', 'match reach { |staff');
  has(cases, 'staff', 'internet', 'otherwise');
  const steps = await labels(client, 'a.risk', 'confidentiality |high');
  has(steps, 'very-high', 'none');
  const top = await labels(client, 'a.risk', '\n|pattern login');
  has(top, 'pattern', 'scenario', 'let');
  lacks(top, 'required', 'given');
  const inRisk = await labels(client, 'a.risk', '\n    |exposure');
  has(inRisk, 'weakness', 'ease', 'exposure');
  lacks(inRisk, 'scenario', 'mitigates');
  const condition = await labels(client, 'a.risk', 'when |wide');
  has(condition, 'wide', 'reach', 'not', 'any');
  const patterns = await labels(client, 'b/scenarios.risk', 'expect pattern |login');
  assert.deepEqual(patterns, ['login']);
  has(await labels(client, 'b/scenarios.risk', 'given reach = |internet'), 'staff', 'internet');
  has(await labels(client, 'b/scenarios.risk', 'throttle is |required'), 'required', 'rejected');
  has(await labels(client, 'b/scenarios.risk', '  |expect pattern'), 'given', 'then', 'expect', 'case');
  has(await labels(client, 'a.risk', 'import |core'), 'core', 'web');
  assert.deepEqual(await labels(client, 'a.risk', '"Who c|an'), []);
  assert.deepEqual(await labels(client, 'a.risk', '# Who c|omes'), []);

  await typed(client, 'a.risk', 'when wide', 'when reach in { ');
  has(await labels(client, 'a.risk', 'when reach in { |'), 'staff', 'internet');
  await typed(client, 'a.risk', 'when reach in { ', 'when product.');
  has(await labels(client, 'a.risk', 'when product.|'), 'wide', 'reach', 'rating');
  await typed(client, 'b/scenarios.risk', scenarios,
    `${scenarios}scenario "t" { case result zap 1 with risk = high -> risk stuffing ease is high }`);
  has(await labels(client, 'b/scenarios.risk', 'zap 1 |with'), 'with', 'absent', 'failed');
  has(await labels(client, 'b/scenarios.risk', '-> |risk stuffing'), 'risk', 'pattern', 'ticket');
  await client.stop();
});

test('each scenario has its result above it', async () => {
  const client = await started();
  const ask = async () =>
    (await client.request(rpc.CodeLensRequest.type, { textDocument: { uri: client.uri('b/scenarios.risk') } }))
      .map((each) => `${each.range.start.line}: ${each.command.title}`);
  assert.deepEqual(await ask(), [
    '2: passed',
    '7: failed: expected that `shop.login` applies, and it does not apply',
  ]);
  await client.change('b/scenarios.risk', 2, [{ text: scenarios.replace('given reach = staff', 'given reach = internet, cards = yes') }]);
  assert.deepEqual(await ask(), ['2: passed', '7: passed']);
  const table = [
    'scenario "table" {',
    '  case reach = internet, cards = yes -> pattern login applies',
    '  case reach = staff -> pattern login applies',
    '}',
  ].join('\n');
  const lines = scenarios.split('\n').length - 1;
  await client.change('b/scenarios.risk', 3, [{ text: scenarios + table }]);
  assert.deepEqual((await ask()).slice(2), [
    `${lines}: failed: 1 of 2 cases`,
    `${lines + 1}: passed`,
    `${lines + 2}: failed: expected that \`shop.login\` applies, and it does not apply`,
  ]);
  await client.change('b/scenarios.risk', 4, [{ text: `${scenarios}\nlet product.y = nobody\n` }]);
  assert.match((await ask())[0], /not run/);
  await client.stop();
});

test('formatting edits the whole document and refuses one with syntax errors', async () => {
  const client = await started();
  const format = (name) =>
    client.request(rpc.DocumentFormattingRequest.type, {
      textDocument: { uri: client.uri(name) }, options: { tabSize: 2, insertSpaces: true },
    });
  const tidy = edited(model, await format('a.risk'));
  await client.change('a.risk', 2, [{ text: tidy.replace('when wide', 'when wide   ') }]);
  assert.equal(edited(tidy.replace('when wide', 'when wide   '), await format('a.risk')), tidy);
  await client.change('a.risk', 3, [{ text: tidy.replace('when wide', 'when is') }]);
  await assert.rejects(format('a.risk'), /syntax errors/);
  await client.stop();
});

test('the outline has the elements in their elements', async () => {
  const client = await started();
  const outline = await client.request(rpc.DocumentSymbolRequest.type, { textDocument: { uri: client.uri('a.risk') } });
  const login = outline.find((each) => each.name === 'login');
  assert.equal(login.children[0].name, 'stuffing');
  assert.equal(login.children[0].children[0].children[0].name, 'throttle');
  const other = await client.request(rpc.DocumentSymbolRequest.type, { textDocument: { uri: client.uri('b/scenarios.risk') } });
  assert.ok(other.some((each) => each.name === 'is wrong'));
  await client.stop();
});

test('the policy may be named on the command line', async () => {
  const top = process.env.RISKD_SOURCE_DIR;
  const client = new Client({}, [path.join(top, 'examples/shop/policy')]);
  await client.initialize();
  const file = path.join(top, 'examples/shop/policy/shop.risk');
  await client.connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
    textDocument: { uri: `file://${file}`, languageId: 'risk', version: 1, text: fs.readFileSync(file, 'utf8') },
  });
  const lenses = await client.request(rpc.CodeLensRequest.type, { textDocument: { uri: `file://${file}` } });
  assert.ok(lenses.length > 0);
  lenses.forEach((each) => assert.match(each.command.title, /^passed(: \d+ cases)?$/));
  assert.equal(await client.stop(), 0);
});

// A server that is spoken to in bytes; what it says until it exits.
function raw(bytes) {
  return new Promise((done) => {
    const server = spawn(process.env.RISKCTL, ['lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    server.stdout.on('data', (data) => { said += data; });
    server.on('exit', (code, signal) => {
      const answers = said.split(/Content-Length: \d+\r\n\r\n/).filter(Boolean).map((each) => JSON.parse(each));
      done({ code, signal, answers });
    });
    server.stdin.end(bytes);
  });
}
const frame = (body) => {
  const text = typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', ...body });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const start = frame({ id: 1, method: 'initialize', params: { capabilities: {} } });
const stop = frame({ id: 99, method: 'shutdown' }) + frame({ method: 'exit' });

test('requests out of turn are refused, and exit codes tell whether the end was in order', async () => {
  const early = await raw(frame({ id: 'a', method: 'textDocument/hover', params: {} }) + start + stop);
  assert.equal(early.answers[0].error.code, -32002);
  assert.equal(early.answers[0].id, 'a');
  assert.equal(early.code, 0);
  assert.equal((await raw(start + frame({ method: 'exit' }))).code, 1);
  assert.equal((await raw(start)).code, 1);
  const late = await raw(start + frame({ id: 2, method: 'shutdown' }) + frame({ id: 3, method: 'textDocument/hover' }) + frame({ method: 'exit' }));
  assert.equal(late.answers.find((each) => each.id === 3).error.code, -32600);
  assert.equal(late.code, 0);
});

test('malformed messages are answered with errors and the server goes on', async () => {
  const bad = [
    ['{"jsonrpc":', -32700], ['[]', -32600], ['17', -32600], ['{"id":1}', -32600],
    [{ id: 2, method: 5 }, -32600], [{ id: {}, method: 'shutdown' }, -32600], ['['.repeat(500), -32700],
    [{ id: 3, method: 'nothing/like/it' }, -32601],
    [{ id: 4, method: 'textDocument/hover', params: [] }, -32602],
    [{ id: 5, method: 'textDocument/hover', params: { textDocument: { uri: 'file:///x%zz' }, position: { line: -1, character: 0 } } }, -32602],
    [{ id: 6, method: 'textDocument/rename', params: { textDocument: { uri: 'file:///nowhere/x.risk' }, position: { line: 0, character: 0 } } }, -32602],
    [{ id: 7, method: 'textDocument/completion' }, -32602],
  ];
  for (const [message, code] of bad) {
    const said = await raw(start + frame(message) + stop);
    assert.equal(said.signal, null);
    assert.equal(said.code, 0, JSON.stringify(message));
    assert.equal(said.answers[1].error.code, code, JSON.stringify(message));
    assert.ok(said.answers.some((each) => each.id === 99));
  }
  const headless = await raw(`${start}Content-Type: x\r\n\r\nContent-Length: pea\r\n\r\n${stop}`);
  assert.deepEqual(headless.answers.slice(1, 3).map((each) => each.error.code), [-32700, -32700]);
  assert.equal(headless.code, 0);
  const huge = await raw(`${start}Content-Length: 99999999\r\n\r\n`);
  assert.equal(huge.answers[1].error.code, -32600);
  assert.equal(huge.code, 1);
});

test('notifications with nonsense change nothing', async () => {
  const nonsense = [
    { method: 'textDocument/didOpen' }, { method: 'textDocument/didChange', params: { contentChanges: 1 } },
    { method: 'textDocument/didOpen', params: { textDocument: { uri: 'untitled:one', version: 1, text: 'library a "A"\nlet product.x = 1' } } },
    { method: 'textDocument/didChange', params: { textDocument: { uri: 'untitled:one' }, contentChanges: [{ range: {}, text: 'x' }, 5] } },
    { method: 'textDocument/didChange', params: { textDocument: { uri: 'untitled:one' }, contentChanges: [{ range: { start: { line: 9e8, character: 9e8 }, end: { line: 0, character: 0 } }, text: '\n# end' }] } },
    { method: 'workspace/didChangeWorkspaceFolders', params: { event: { added: [7], removed: 'x' } } },
    { method: '$/cancelRequest', params: { id: 12 } }, { method: 'no/such' },
  ].map(frame).join('');
  const said = await raw(start + nonsense +
    frame({ id: 12, method: 'textDocument/hover', params: {} }) +
    frame({ id: 13, method: 'textDocument/documentSymbol', params: { textDocument: { uri: 'untitled:one' } } }) + stop);
  assert.equal(said.code, 0);
  assert.equal(said.answers.find((each) => each.id === 12).error.code, -32800);
  assert.equal(said.answers.find((each) => each.id === 13).result.length, 2);
});

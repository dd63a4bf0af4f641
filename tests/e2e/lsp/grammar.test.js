// The TextMate grammar over every rule file of the repository, with the library that VS Code uses.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const modules = process.env.RISKD_NODE_MODULES;
const top = process.env.RISKD_SOURCE_DIR;
const oniguruma = require(path.join(modules, 'vscode-oniguruma'));
const textmate = require(path.join(modules, 'vscode-textmate'));

async function load() {
  const wasm = fs.readFileSync(path.join(modules, 'vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const file = path.join(top, 'dsl/editors/vscode/syntaxes/risk.tmLanguage.json');
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(file, 'utf8'), file),
  });
  return registry.loadGrammar('source.risk');
}

const grammar = load();

async function tokens(text) {
  let stack = textmate.INITIAL;
  const all = [];
  const loaded = await grammar;
  text.split('\n').forEach((line, number) => {
    const result = loaded.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const token of result.tokens) {
      all.push({
        line: number + 1,
        text: line.substring(token.startIndex, token.endIndex),
        scopes: token.scopes,
      });
    }
  });
  return all;
}

function ruleFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const each = path.join(folder, entry.name);
    if (entry.isDirectory()) return ruleFiles(each);
    return entry.name.endsWith('.risk') ? [each] : [];
  });
}

// The innermost scope of each word: "risk" of `x.y.risk` goes without saying.
async function scopes(text) {
  const found = {};
  for (const token of await tokens(text)) {
    const word = token.text.trim();
    if (word) found[word] = token.scopes.at(-1).replace(/\.risk$/, '');
  }
  return found;
}

test('no word of a rule file is left without a scope', async () => {
  const files = [...ruleFiles(path.join(top, 'rules')), ...ruleFiles(path.join(top, 'examples'))];
  assert.ok(files.length >= 15, 'rule files are found');
  for (const file of files) {
    for (const token of await tokens(fs.readFileSync(file, 'utf8'))) {
      const where = `${path.relative(top, file)}:${token.line}: \`${token.text}\``;
      if (token.text.trim()) assert.ok(token.scopes.length > 1, `${where} has no scope`);
      assert.ok(!token.scopes.some((each) => each.startsWith('invalid')), `${where} is invalid`);
    }
  }
});

test('every keyword that begins a declaration is one', async () => {
  const files = ruleFiles(path.join(top, 'rules'));
  const declares = /^(library|import|scale|bands|questionnaire|component-type|attribute|let|rating|field|pattern|adjust|status-map|evidence|ticket|scenario)\b(?!-)/;
  let seen = 0;
  for (const file of files) {
    const inText = (token) => token.scopes.some((each) => each.startsWith('string'));
    const all = await tokens(fs.readFileSync(file, 'utf8'));
    const lines = new Map();
    for (const token of all) if (!lines.has(token.line)) lines.set(token.line, token);
    for (const token of lines.values()) {
      const match = declares.exec(token.text);
      if (!match || inText(token)) continue;
      seen += 1;
      assert.ok(token.scopes.includes('keyword.declaration.risk'),
        `${file}:${token.line}: ${token.text}: ${token.scopes}`);
    }
  }
  assert.ok(seen > 50);
});

test('comments, texts, inserted values and escapes', async () => {
  const found = await scopes(
    'ticket todo for risk { # why\n  title "{title}: a \\"b\\" \\{c" }\n  body """one {risks.id}\n  two"""');
  assert.equal(found.ticket, 'keyword.declaration');
  assert.equal(found.todo, 'entity.name.type');
  assert.equal(found.why, 'comment.line.number-sign');
  assert.equal(found['\\"'], 'constant.character.escape');
  assert.equal(found['\\{'], 'constant.character.escape');
  assert.equal(found.two, 'string.quoted.triple');
  const inside = await tokens('title "{title} x"');
  const inserted = inside.find((token) => token.text === 'title' && token.scopes.length > 3);
  assert.ok(inserted.scopes.includes('meta.interpolation.risk'));
  assert.ok(inserted.scopes.includes('variable.other.risk'));
});

test('numbers, dates, durations, CWE ids', async () => {
  const found = await scopes('70% 12 0.5 2026-11-23 30 days\nweakness w CWE-307 "t" { }');
  assert.equal(found['70%'], 'constant.numeric.percent');
  assert.equal(found['12'], 'constant.numeric');
  assert.equal(found['2026-11-23'], 'constant.numeric.date');
  assert.equal(found.days, 'keyword.other.unit');
  assert.equal(found['CWE-307'], 'constant.other.cwe');
});

test('operators, functions, types, and names that look like keywords', async () => {
  const found = await scopes(
    'question a "t" : one-of ordered { is-open "x" }\nlet product.b = a is c and max(risks, d) >= yes');
  assert.equal(found['one-of'], 'support.type');
  assert.equal(found['is-open'], 'variable.other');
  assert.equal(found.b, 'entity.name.variable');
  assert.equal(found.is, 'keyword.operator.word');
  assert.equal(found.max, 'support.function');
  assert.equal(found['>='], 'keyword.operator.comparison');
  assert.equal(found.yes, 'constant.language');
});

test('changes to what a policy has once and to derived values', async () => {
  const found = await scopes('override let core.risk.impact = high\noverride ticket core.requirement { }');
  assert.equal(found.override, 'keyword.declaration');
  assert.equal(found.let, 'support.type.kind');
  assert.equal(found.core, 'variable.other');
  assert.equal(found.risk, 'support.type.kind');
  assert.equal(found.impact, 'entity.name.variable');
  assert.equal(found['core.requirement'], 'entity.name.type');
});

test('status maps with names', async () => {
  const found = await scopes('status-map redmine apps { }\noverride status-map jira mobile { }');
  assert.equal(found['status-map'], 'support.type.kind');
  assert.equal(found.redmine, 'support.type.kind');
  assert.equal(found.apps, 'entity.name.type');
  assert.equal(found.jira, 'support.type.kind');
  assert.equal(found.mobile, 'entity.name.type');
});

test('former names', async () => {
  const found = await scopes('component-type queue was broker');
  assert.equal(found['component-type'], 'keyword.declaration');
  assert.equal(found.queue, 'entity.name.type');
  assert.equal(found.was, 'keyword.control');
  assert.equal(found.broker, 'variable.other');
});

test('the extension names files that are there, and its program reads as JavaScript', () => {
  const folder = path.join(top, 'dsl/editors/vscode');
  const { main, contributes } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const named = [main, contributes.languages[0].configuration, contributes.grammars[0].path];
  for (const each of named) assert.ok(fs.existsSync(path.join(folder, each)), each);
  JSON.parse(fs.readFileSync(path.join(folder, contributes.languages[0].configuration), 'utf8'));
  execFileSync(process.execPath, ['--check', path.join(folder, main)]);
});

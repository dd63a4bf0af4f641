// A client of `riskctl lsp`, made of the libraries of which VS Code's is made.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const modules = process.env.RISKD_NODE_MODULES;
const rpc = require(path.join(modules, 'vscode-languageserver-protocol/node'));

class Client {
  // `files`: name → text, written into a new folder, which is the workspace.
  constructor(files, args = []) {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'risk lsp ')));
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
      fs.writeFileSync(this.path(name), text);
    }
    const rules = path.join(process.env.RISKD_SOURCE_DIR, 'rules');
    this.process = spawn(process.env.RISKCTL, ['--rules', rules, 'lsp', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.exited = new Promise((done) => this.process.on('exit', done));
    this.connection = rpc.createProtocolConnection(
      new rpc.StreamMessageReader(this.process.stdout),
      new rpc.StreamMessageWriter(this.process.stdin),
    );
    this.diagnostics = new Map();
    this.waiting = [];
    this.texts = new Map();
    this.connection.onNotification(rpc.PublishDiagnosticsNotification.type, (params) => {
      this.diagnostics.set(params.uri, params);
      this.waiting = this.waiting.filter((check) => !check());
    });
    this.connection.onRequest(rpc.CodeLensRefreshRequest.type, () => null);
    this.connection.listen();
  }

  path(name) {
    return path.join(this.folder, name);
  }
  uri(name) {
    return pathToFileURL(this.path(name)).href;
  }

  async initialize() {
    const result = await this.connection.sendRequest(rpc.InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {
        textDocument: { publishDiagnostics: { relatedInformation: true } },
        workspace: { codeLens: { refreshSupport: true } },
      },
      workspaceFolders: [{ uri: pathToFileURL(this.folder).href, name: 'test' }],
    });
    await this.connection.sendNotification(rpc.InitializedNotification.type, {});
    return result;
  }

  open(name, text = fs.readFileSync(this.path(name), 'utf8')) {
    this.texts.set(name, text);
    return this.connection.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
      textDocument: { uri: this.uri(name), languageId: 'risk', version: 1, text },
    });
  }

  change(name, version, contentChanges) {
    return this.connection.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
      textDocument: { uri: this.uri(name), version },
      contentChanges,
    });
  }

  // Waits until the last diagnostics of the file pass the check.
  published(name, check) {
    return new Promise((done, failed) => {
      const late = setTimeout(
        () => failed(new Error(`no such diagnostics: ${JSON.stringify(this.diagnostics.get(this.uri(name)))}`)),
        10_000,
      );
      const attempt = () => {
        const params = this.diagnostics.get(this.uri(name));
        if (!params || !check(params.diagnostics, params)) return false;
        clearTimeout(late);
        done(params.diagnostics);
        return true;
      };
      if (!attempt()) this.waiting.push(attempt);
    });
  }

  // `|` in `context` is the cursor.
  at(name, context) {
    const text = this.texts.get(name);
    const begin = text.indexOf(context.replace('|', ''));
    if (begin < 0) throw new Error(`no ${context} in ${name}`);
    const before = text.slice(0, begin + context.indexOf('|'));
    const line = before.split('\n').length - 1;
    return {
      textDocument: { uri: this.uri(name) },
      position: { line, character: before.length - (before.lastIndexOf('\n') + 1) },
    };
  }

  request(type, params) {
    return this.connection.sendRequest(type, params);
  }

  async stop() {
    await this.connection.sendRequest(rpc.ShutdownRequest.type);
    await this.connection.sendNotification(rpc.ExitNotification.type);
    const code = await this.exited;
    this.connection.dispose();
    fs.rmSync(this.folder, { recursive: true });
    return code;
  }
}

// The text with the edits of one document.
function edited(text, edits) {
  const lines = text.split('\n');
  const offset = ({ line, character }) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((all, edit) => all.slice(0, offset(edit.range.start)) + edit.newText + all.slice(offset(edit.range.end)), text);
}

module.exports = { Client, edited, rpc };

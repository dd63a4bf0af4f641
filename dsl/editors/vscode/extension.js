// Starts `riskctl lsp` for rule files; the language server does the rest.
'use strict';

const path = require('path');
const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

function command() {
  const settings = vscode.workspace.getConfiguration('riskd');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const rules = settings.get('rules');
  const policy = settings.get('policy').map((each) => (folder ? path.resolve(folder, each) : each));
  return {
    command: settings.get('path'),
    args: [...(rules ? ['--rules', rules] : []), 'lsp', ...policy],
    options: folder ? { cwd: folder } : {},
  };
}

async function start() {
  client = new LanguageClient('riskd', 'riskd rules', command(), {
    documentSelector: [{ language: 'risk' }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.risk') },
  });
  await client.start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('riskd')) return;
      await client?.stop();
      await start();
    }),
  );
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };

#include "daemon/lsp/server.hpp"

#include <algorithm>
#include <limits>

#include "daemon/wire/serialize.hpp"
#include "engine/base/limits.hpp"

namespace riskd::lsp {
namespace {

const json::value* find(const json::value& in, std::string_view pointer) {
  json::error_code error;
  return in.find_pointer(pointer, error);
}

std::string text_in(const json::value& in, std::string_view pointer) {
  const json::value* found = find(in, pointer);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

bool truth_in(const json::value& in, std::string_view pointer) {
  const json::value* found = find(in, pointer);
  return found != nullptr && found->is_bool() && found->get_bool();
}

std::optional<Position> position_in(const json::value& in, const std::string& pointer) {
  const auto number = [&](const char* name) -> std::optional<std::uint32_t> {
    const json::value* found = find(in, pointer + "/" + name);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    json::error_code error;
    const auto value = found->to_number<std::uint32_t>(error);
    if (error) return std::nullopt;
    return value;
  };
  const auto line = number("line");
  const auto character = number("character");
  if (!line || !character) return std::nullopt;
  return Position{*line, *character};
}

std::string uri_in(const json::value& params) { return text_in(params, "/textDocument/uri"); }

Unexpected<Refusal> refused(int code, std::string message) {
  return Unexpected(Refusal{code, std::move(message)});
}

json::object capabilities() {
  return {{"positionEncoding", "utf-16"},
          {"textDocumentSync", json::object{{"openClose", true}, {"change", 2}, {"save", true}}},
          {"hoverProvider", true},
          {"definitionProvider", true},
          {"referencesProvider", true},
          {"renameProvider", json::object{{"prepareProvider", true}}},
          {"completionProvider",
           json::object{{"triggerCharacters", json::array{"."}}, {"resolveProvider", false}}},
          {"documentFormattingProvider", true},
          {"documentSymbolProvider", true},
          {"codeLensProvider", json::object{{"resolveProvider", false}}},
          {"workspace",
           json::object{{"workspaceFolders",
                         json::object{{"supported", true}, {"changeNotifications", true}}}}}};
}

}  // namespace

Server::Server(const std::string& rules_folder, const std::vector<std::string>& paths, Send send)
    : workspace_(rules_folder, paths), send_(std::move(send)) {}

void Server::send(json::object message) {
  message["jsonrpc"] = "2.0";
  send_(wire::serialize(message));
}

void Server::notify(std::string_view method, json::value params) {
  send({{"method", method}, {"params", std::move(params)}});
}

void Server::answer(const json::value& id, const Reply& reply) {
  if (reply) return send({{"id", id}, {"result", *reply}});
  send({{"id", id},
        {"error", json::object{{"code", reply.error().code}, {"message", reply.error().message}}}});
}

void Server::log(const std::string& message) {
  notify("window/logMessage", json::object{{"type", 2}, {"message", message}});
}

void Server::cancel(const json::value& id) {
  if (cancelled_.size() >= limits::lsp_queue) cancelled_.clear();  // of requests that never came
  cancelled_.insert(wire::serialize(id));
}

void Server::refuse(const Error& error) {
  answer(nullptr, refused(error.code == ErrorCode::too_large ? invalid_request : parse_error,
                          error.message));
}

void Server::handle(std::string_view body) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = limits::lsp_json_depth;
  const json::value message = json::parse(body, error, {}, options);
  if (error) return answer(nullptr, refused(parse_error, "no JSON: " + error.message()));
  const json::object* object = message.if_object();
  if (object == nullptr) return answer(nullptr, refused(invalid_request, "no object"));
  const json::value* id = object->if_contains("id");
  const json::value* method = object->if_contains("method");
  if (method == nullptr) {
    // An answer to one of our requests, which need none.
    if (id != nullptr && (object->contains("result") || object->contains("error"))) return;
    return answer(nullptr, refused(invalid_request, "no `method`"));
  }
  const bool id_fits = id == nullptr || id->is_string() || id->is_number();
  if (!method->is_string() || !id_fits)
    return answer(nullptr, refused(invalid_request, "`method` is a text, `id` a text or number"));
  const json::value none;
  const json::value* params = object->if_contains("params");
  const std::string_view name = method->get_string();
  if (id == nullptr) return notification(name, params == nullptr ? none : *params);
  if (cancelled_.erase(wire::serialize(*id)) > 0)
    return answer(*id, refused(request_cancelled, "cancelled"));
  answer(*id, request(name, params == nullptr ? none : *params));
  if (name == "initialize" && state_ == State::fresh) state_ = State::running;
}

Result<Spot, Refusal> Server::spot(const json::value& params) {
  const std::string uri = uri_in(params);
  const auto position = position_in(params, "/position");
  if (uri.empty() || !position)
    return refused(invalid_params, "`textDocument.uri` and `position` are needed");
  Analysis& analysis = workspace_.analyse(uri);
  const auto file = analysis.file(uri);
  if (!file) return refused(invalid_params, "`" + uri + "` is not open");
  return Spot{analysis, *file, offset_at(analysis.text(*file), *position)};
}

Reply Server::complete(const json::value& params) {
  const std::string uri = uri_in(params);
  const auto position = position_in(params, "/position");
  const Document* document = workspace_.document(uri);
  if (document == nullptr || !position)
    return refused(invalid_params, "an open document and a `position` are needed");
  return completion(workspace_.last(uri), uri, document->text, offset_at(document->text, *position),
                    workspace_.shipped_libraries());
}

Reply Server::format(const json::value& params) {
  const std::string uri = uri_in(params);
  const Document* document = workspace_.document(uri);
  if (document == nullptr) return refused(invalid_params, "`" + uri + "` is not open");
  return format_document(path_of(uri).value_or(uri), document->text);
}

Reply Server::request(std::string_view method, const json::value& params) {
  if (method == "initialize") {
    if (state_ != State::fresh) return refused(invalid_request, "`initialize` comes once");
    return initialize(params);
  }
  if (state_ == State::fresh) return refused(server_not_initialized, "`initialize` comes first");
  if (state_ == State::shut) return refused(invalid_request, "after `shutdown` comes `exit`");
  if (method == "shutdown") {
    state_ = State::shut;
    return json::value(nullptr);
  }
  if (method == "textDocument/completion") return complete(params);
  if (method == "textDocument/formatting") return format(params);
  if (method == "textDocument/documentSymbol" || method == "textDocument/codeLens") {
    const std::string uri = uri_in(params);
    Analysis& analysis = workspace_.analyse(uri);
    const auto file = analysis.file(uri);
    if (!file) return refused(invalid_params, "`" + uri + "` is not open");
    return method == "textDocument/codeLens" ? scenario_lenses(analysis, *file)
                                             : document_symbols(analysis, *file);
  }
  using Feature = Reply (*)(const Spot&, const json::value&);
  static const std::map<std::string_view, Feature> features{
      {"textDocument/hover", [](const Spot& at, const json::value&) -> Reply { return hover(at); }},
      {"textDocument/definition",
       [](const Spot& at, const json::value&) -> Reply { return definition(at); }},
      {"textDocument/references",
       [](const Spot& at, const json::value& given) -> Reply {
         return references(at, truth_in(given, "/context/includeDeclaration"));
       }},
      {"textDocument/prepareRename",
       [](const Spot& at, const json::value&) -> Reply { return prepare_rename(at); }},
      {"textDocument/rename", [](const Spot& at, const json::value& given) -> Reply {
         return rename(at, text_in(given, "/newName"));
       }}};
  const auto feature = features.find(method);
  if (feature == features.end())
    return refused(method_not_found, "there is no method `" + std::string(method) + "`");
  const auto at = spot(params);
  if (!at) return failure(at);
  return feature->second(*at, params);
}

void Server::notification(std::string_view method, const json::value& params) {
  if (method == "exit") {
    clean_ = state_ == State::shut;
    state_ = State::done;
    return;
  }
  if (state_ != State::running) return;
  if (method == "initialized") return initialized();
  if (method == "textDocument/didOpen") return did_open(params);
  if (method == "textDocument/didChange") return did_change(params);
  if (method == "textDocument/didClose") return did_close(params);
  if (method == "workspace/didChangeWorkspaceFolders") return folders_changed(params);
  if (method == "textDocument/didSave" || method == "workspace/didChangeWatchedFiles") {
    // Files may have come and gone: whatever was published is looked at again.
    workspace_.changed_on_disk();
    for (const auto& [root, uri] : hints_) news_.insert(root);
  }
}

json::value Server::initialize(const json::value& params) {
  related_ = truth_in(params, "/capabilities/textDocument/publishDiagnostics/relatedInformation");
  refreshes_lenses_ = truth_in(params, "/capabilities/workspace/codeLens/refreshSupport");
  std::vector<std::string> uris;
  const json::value* folders = find(params, "/workspaceFolders");
  if (folders != nullptr && folders->is_array()) {
    for (const json::value& folder : folders->get_array()) uris.push_back(text_in(folder, "/uri"));
  } else {
    uris.push_back(text_in(params, "/rootUri"));
  }
  for (const std::string& uri : uris) {
    if (const auto path = path_of(uri)) workspace_.add_folder(*path);
  }
  return json::object{{"capabilities", capabilities()},
                      {"serverInfo", json::object{{"name", "riskctl lsp"}}}};
}

void Server::news_of(const std::string& uri) {
  const std::string root = workspace_.root_of(uri);
  news_.insert(root);
  hints_[root] = uri;
}

// The files of the workspace are checked before one of them is opened.
void Server::initialized() {
  for (const std::string& place : workspace_.places()) {
    const std::string uri = uri_of(place.ends_with(".risk") ? place : place + "/any.risk");
    workspace_.changed(uri);
    news_of(uri);
  }
}

void Server::folders_changed(const json::value& params) {
  const auto each = [&](const char* pointer, auto visit) {
    const json::value* list = find(params, pointer);
    if (list == nullptr || !list->is_array()) return;
    for (const json::value& folder : list->get_array()) {
      if (const auto path = path_of(text_in(folder, "/uri"))) visit(*path);
    }
  };
  each("/event/removed", [&](const std::string& path) { workspace_.remove_folder(path); });
  each("/event/added", [&](const std::string& path) { workspace_.add_folder(path); });
  for (const auto& [root, uris] : published_) {
    for (const std::string& uri : uris) {
      notify("textDocument/publishDiagnostics",
             json::object{{"uri", uri}, {"diagnostics", json::array{}}});
    }
  }
  published_.clear();
  hints_.clear();
  news_.clear();
  initialized();
  for (const std::string& uri : workspace_.open_documents()) news_of(uri);
}

void Server::did_open(const json::value& params) {
  Document document;
  document.uri = uri_in(params);
  document.text = text_in(params, "/textDocument/text");
  const json::value* version = find(params, "/textDocument/version");
  if (version != nullptr && version->is_int64()) document.version = version->get_int64();
  if (document.uri.empty()) return log("didOpen without `textDocument.uri`");
  const std::string uri = document.uri;
  workspace_.open(std::move(document));
  news_of(uri);
}

void Server::did_change(const json::value& params) {
  const std::string uri = uri_in(params);
  Document* document = workspace_.document(uri);
  const json::value* changes = find(params, "/contentChanges");
  if (document == nullptr || changes == nullptr || !changes->is_array())
    return log("didChange of a document that is not open, or without `contentChanges`");
  for (const json::value& change : changes->get_array()) {
    const json::value* text = find(change, "/text");
    if (text == nullptr || !text->is_string()) return log("a change without `text`");
    const std::string_view inserted = text->get_string();
    if (document->text.size() + inserted.size() > limits::source_file_bytes)
      return log("`" + uri + "` is larger than a rule file may be");
    if (find(change, "/range") == nullptr) {
      document->text = inserted;
      continue;
    }
    const auto start = position_in(change, "/range/start");
    const auto end = position_in(change, "/range/end");
    if (!start || !end) return log("a change whose `range` is none");
    const std::uint32_t from = offset_at(document->text, *start);
    const std::uint32_t to = std::max(from, offset_at(document->text, *end));
    document->text.replace(from, to - from, inserted);
  }
  const json::value* version = find(params, "/textDocument/version");
  if (version != nullptr && version->is_int64()) document->version = version->get_int64();
  workspace_.changed(uri);
  news_of(uri);
}

void Server::did_close(const json::value& params) {
  const std::string uri = uri_in(params);
  if (workspace_.document(uri) == nullptr) return;
  workspace_.close(uri);
  news_of(uri);
}

void Server::publish_diagnostics() {
  const std::set<std::string> roots = std::exchange(news_, {});
  for (const std::string& root : roots) {
    Analysis& analysis = workspace_.analyse(hints_[root]);
    if (!workspace_.complaint().empty()) log(workspace_.complaint());
    std::set<std::string> before = std::exchange(published_[root], {});
    for (std::uint32_t file = 0; file < analysis.uris.size(); ++file) {
      if (!analysis.ours[file]) continue;
      const std::string& uri = analysis.uris[file];
      json::array diagnostics = diagnostics_of(analysis, file, related_);
      const Document* document = workspace_.document(uri);
      if (diagnostics.empty() && !before.contains(uri) && document == nullptr) continue;
      before.erase(uri);
      if (!diagnostics.empty()) published_[root].insert(uri);
      json::object params{{"uri", uri}, {"diagnostics", std::move(diagnostics)}};
      if (document != nullptr) params["version"] = document->version;
      notify("textDocument/publishDiagnostics", std::move(params));
    }
    for (const std::string& uri : before) {
      notify("textDocument/publishDiagnostics",
             json::object{{"uri", uri}, {"diagnostics", json::array{}}});
    }
  }
  if (refreshes_lenses_ && !roots.empty()) {
    send({{"id", "lenses-" + std::to_string(++requests_)},
          {"method", "workspace/codeLens/refresh"}});
  }
}

}  // namespace riskd::lsp

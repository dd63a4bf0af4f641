// The language server: messages in, messages out. It knows neither streams nor clocks.
//
// Use from one thread. What a client sends wrongly is answered with an error of the protocol; nothing a
// client sends ends the server but `exit`.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "daemon/lsp/features.hpp"
#include "daemon/lsp/workspace.hpp"

namespace riskd::lsp {

class Server {
 public:
  // Takes a message's body to the client.
  using Send = std::function<void(const std::string& body)>;

  Server(const std::string& rules_folder, const std::vector<std::string>& paths, Send send);

  void handle(std::string_view body);
  void refuse(const Error& error);  // a message that could not be framed
  // The request with this id, which is still to be handled, is cancelled.
  void cancel(const json::value& id);

  // Whether documents changed since publish_diagnostics, which sends the client those of all of them.
  bool has_news() const { return !news_.empty(); }
  void publish_diagnostics();

  bool finished() const { return state_ == State::done; }
  int exit_code() const { return clean_ ? 0 : 1; }

 private:
  enum class State : std::uint8_t { fresh, running, shut, done };

  void send(json::object message);
  void notify(std::string_view method, json::value params);
  void answer(const json::value& id, const Reply& reply);
  void log(const std::string& message);

  Reply request(std::string_view method, const json::value& params);
  void notification(std::string_view method, const json::value& params);

  json::value initialize(const json::value& params);
  void initialized();
  void did_open(const json::value& params);
  void did_change(const json::value& params);
  void did_close(const json::value& params);
  void folders_changed(const json::value& params);
  void news_of(const std::string& uri);
  Result<Spot, Refusal> spot(const json::value& params);
  Reply complete(const json::value& params);
  Reply format(const json::value& params);

  Workspace workspace_;
  Send send_;
  State state_ = State::fresh;
  bool clean_ = false;                        // `shutdown` came before `exit`
  bool related_ = false;                      // the client shows related places
  bool refreshes_lenses_ = false;             // the client asks for lenses again on request
  std::uint64_t requests_ = 0;                // of ours
  std::set<std::string> news_;                // roots
  std::map<std::string, std::string> hints_;  // a document of each root
  std::map<std::string, std::set<std::string>> published_;  // documents with diagnostics, by root
  std::set<std::string> cancelled_;
};

// Serves a client on standard input and output until it says `exit` or closes; the exit code.
int serve(const std::string& rules_folder, const std::vector<std::string>& paths);

}  // namespace riskd::lsp

// One ticket in each of the trackers on the web, with its past, behind an HttpSender: what the
// connectors ask of a ticket, its comments and its history is answered from one model, in each
// tracker's own shapes; what they write changes the model.
#pragma once

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors::testing {

inline constexpr std::int64_t minute = 60;
inline constexpr const char* riskd_name = "riskd";

// What was done to the ticket, in seconds since it was made.
struct FakeChange {
  std::string by;
  std::int64_t at = 0;
  std::string to;
};
struct FakeComment {
  std::string by;
  std::int64_t at = 0;
  std::string text;
  bool is_private = false;
};

class FakeTicket final : public HttpSender {
 public:
  // "azure", "github", "gitlab", "jira cloud", "jira data center", "redmine"
  explicit FakeTicket(std::string what);

  // Somebody does something, a minute after what was done before.
  void move(const std::string& by, const std::string& to);
  void say(const std::string& by, const std::string& text, bool is_private = false);
  void wait(std::int64_t seconds) { now_ += seconds; }

  std::string open() const { return is_forge() ? "open" : "To Do"; }
  std::string closed() const { return is_forge() ? "closed" : "Done"; }
  // GitHub and GitLab have states alone.
  bool is_forge() const { return what_ == "github" || what_ == "gitlab"; }
  // What the others call a status is a state of these.
  bool has_states() const { return is_forge() || what_ == "azure"; }
  // In Jira Cloud and Azure DevOps stars are stars: texts are trees, or HTML.
  bool has_markup() const { return what_ != "jira cloud" && what_ != "azure"; }
  // The write that adds the comment, of a close or reopen: the one after the status, or the same.
  int comment_write() const { return what_ == "azure" ? 1 : 2; }
  std::string key() const;
  // As a listing has it.
  TicketView listed() const;
  std::unique_ptr<Tracker> tracker();

  bool names_actors = true;  // else the tracker does not report who changed a status
  bool tells_closed = true;  // else Redmine's issues have no `is_closed`
  bool renamed = false;      // Jira's statuses were called otherwise when they were set
  std::vector<std::string> close_path;
  // The write with this number gets no answer; counted from 1. It is carried out or not.
  int dies_at = 0;
  bool carried_out = false;
  std::function<void()> meanwhile;  // called once, before the next write

  std::string status;
  std::vector<FakeChange> changes;
  std::vector<FakeComment> comments;
  std::vector<std::string> writes;  // "status Done", "comment"
  int status_requests = 0;          // for the list of Redmine's statuses

  Result<HttpResponse> send(HttpRequest request) override;

 private:
  boost::json::value answer(const std::string& path);
  boost::json::value github(const std::string& path) const;
  boost::json::value gitlab(const std::string& path) const;
  boost::json::value jira(const std::string& path) const;
  boost::json::value redmine(const std::string& path);
  boost::json::value azure(const std::string& path) const;
  boost::json::array azure_updates() const;
  int carry_out_azure(const boost::json::array& operations);
  bool carry_out(const std::string& path, const boost::json::value& body);
  boost::json::value actor(const std::string& name) const;  // of a change
  boost::json::value user(const std::string& name) const;
  boost::json::value text_of(const FakeComment& comment) const;
  std::string time(std::int64_t at) const;

  const std::string what_;
  std::int64_t now_ = 0;
  int written_ = 0;
};

}  // namespace riskd::connectors::testing

#include "daemon/api/call.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <exception>

#include "daemon/wire/json.hpp"
#include "daemon/wire/serialize.hpp"
#include "engine/base/limits.hpp"
#include "engine/facts/resolve_names.hpp"

namespace riskd::api {
namespace {

using server::Response;

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The version that If-Match names. An ETag that riskd never gave is one that no product has.
Result<std::optional<std::string>, Response> if_match(const Call& call) {
  const auto found = call.request.headers.find("if-match");
  if (found == call.request.headers.end()) return std::optional<std::string>();
  const std::string& text = found->second;
  if (text == "*") {
    if (call.service.product(call.product())) return std::optional<std::string>();
    return Unexpected(refusal(412, fmt::format("there is no product `{}` yet", call.product())));
  }
  if (text.size() > 2 && text.front() == '"' && text.back() == '"')
    return std::optional(text.substr(1, text.size() - 2));
  return Unexpected(
      refusal(412, fmt::format("If-Match names `{}`, which is no ETag of this product", text)));
}

std::string client_pointer(const std::string& pointer, const std::string& strip) {
  if (strip.empty() || pointer.rfind(strip, 0) != 0) return pointer;
  return pointer.substr(strip.size());
}

}  // namespace

std::string Call::query(const std::string& name) const {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

void carry_out(const Call& call, const std::function<void()>& step) {
  try {
    step();
  } catch (const std::exception& error) {
    call.reply(refusal(500, error.what()));
  }
}

Result<Seen, Response> see(const Call& call, const std::string& product) {
  Seen seen;
  seen.view = call.service.product(product);
  if (!seen.view) return Unexpected(unknown_product(product));
  seen.policy = call.service.policy();
  if (seen.view->revision == seen.policy.revision) {
    seen.model = seen.view->model();
  } else {
    // A reload is between the two: the model's places are of the other policy.
    seen.model =
        engine::evaluate(*seen.policy.program, seen.view->live.facts(), seen.view->live.now());
  }
  return seen;
}

Result<bool, Response> query_truth(const Call& call, const std::string& name, bool otherwise) {
  if (!call.has_query(name)) return otherwise;
  const std::string text = call.query(name);
  if (text == "true") return true;
  if (text == "false") return false;
  return Unexpected(refusal(400, fmt::format("`{}` is `true` or `false`, not `{}`", name, text)));
}

Result<std::uint64_t, Response> query_number(const Call& call, const std::string& name,
                                             std::uint64_t otherwise) {
  if (!call.has_query(name)) return otherwise;
  if (const auto number = read_number(call.query(name))) return *number;
  return Unexpected(
      refusal(400, fmt::format("`{}` is a whole number, not `{}`", name, call.query(name))));
}

Result<std::size_t, Response> query_limit(const Call& call) {
  auto limit = query_number(call, "limit", limits::list_items);
  if (!limit) return failure(limit);
  if (*limit < 1 || *limit > limits::list_items) {
    return Unexpected(
        refusal(400, fmt::format("`limit` is a number from 1 to {}", limits::list_items)));
  }
  return static_cast<std::size_t>(*limit);
}

Response list_answer(json::array items, json::value next) {
  json::object answer;
  answer["items"] = std::move(items);
  answer["next"] = std::move(next);
  return json_answer(std::move(answer));
}

void post(const CallPtr& call, Post post) {
  for (const service::PostedFact& fact : post.facts) {
    const service::Role role = role_of(fact.body);
    if (!call->caller.may(role, call->product())) {
      return call->reply(missing_role(role, call->product()));
    }
  }
  auto match = if_match(*call);
  if (!match) return call->reply(std::move(match.error()));
  service::Posting posting;
  posting.product = call->product();
  posting.facts = std::move(post.facts);
  posting.poster = call->caller.name();
  posting.make_product = post.make_product;
  posting.if_match = *match;
  posting.seen = std::move(post.seen);
  posting.approval = std::move(post.approval);
  // The line of changes, with what the route adds: its numbers stay as they were written.
  auto body_of = [](const service::Posted& posted) {
    std::string body = posted.change;
    if (!posted.told.empty()) {
      body.pop_back();
      body += "," + posted.told.substr(1);
    }
    return body + "\n";
  };
  if (post.members) {
    posting.tell = [members = std::move(post.members)](const service::ProductView& product) {
      return wire::serialize(members(product));
    };
  }
  if (call->key) {
    call->key->is_taken = true;
    posting.keyed = service::Keyed{call->key->name, "", call->key->request_hash,
                                   [status = post.status, body_of](const service::Posted& posted) {
                                     return service::Reply{"", status, body_of(posted)};
                                   }};
  }
  auto answer = [call, status = post.status, strip = std::move(post.strip), body_of,
                 add_to_refusal = std::move(post.add_to_refusal)](auto posted) {
    if (!posted) {
      json::object more;
      if (add_to_refusal) add_to_refusal(posted.error(), more);
      for (auto& error : posted.error().errors) {
        error.pointer = client_pointer(error.pointer, strip);
      }
      return call->reply(refusal(posted.error(), std::move(more)));
    }
    Response response;
    response.status = status;
    response.body = posted->reply ? std::move(posted->reply->body) : body_of(*posted);
    if (posted->view) response.headers.emplace_back("ETag", etag_of(*posted->view));
    call->reply(std::move(response));
  };
  post_counted(*call, std::move(posting), std::move(answer));
}

void post_counted(const Call& call, service::Posting posting, service::Service::OnPosted done) {
  call.rates->count(call.caller.account(), posting.facts.size() + (posting.approval ? 1 : 0));
  call.service.post(std::move(posting), std::move(done));
}

Result<engine::FactBody, Response> read_body_fact(const Call& call, std::string_view kind,
                                                  json::value value, const std::string& prefix) {
  json::object line;
  line["product"] = call.product();
  line[kind] = std::move(value);
  auto fact = wire::read_fact(wire::serialize(line));
  if (fact) return std::move(fact->body);
  Error error = fact.error();
  const std::string own = fmt::format("/{}", kind);
  if (error.where.rfind(own, 0) == 0) error.where = prefix + error.where.substr(own.size());
  return Unexpected(refusal(error, *call.paths));
}

std::string element_or_given(const engine::Program& program, const std::string& given) {
  std::string element = engine::resolve_element(program, given);
  if (!element.empty()) return element;
  const std::size_t slash = given.find('/') + 1;  // 0 where there is none
  for (const engine::Question& question : program.questions) {
    const std::size_t dot = question.id.find('.');
    if (dot == std::string::npos || question.id.substr(dot + 1) != given.substr(slash)) continue;
    if (!element.empty()) return given;
    element = given.substr(0, slash) + question.id;
  }
  return element.empty() ? given : element;
}

std::string etag_of(const service::ProductView& view) {
  return fmt::format("\"{}\"", view.version());
}

bool is_id(const std::string& id) {
  if (id.empty() || id.size() > limits::id_bytes || id.front() == '.' || id.front() == '-') {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace riskd::api

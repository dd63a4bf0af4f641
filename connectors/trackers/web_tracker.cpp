#include "connectors/trackers/web_tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/trackers/ticket_file.hpp"
#include "connectors/trackers/web_kinds.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view scheme = "riskd:";
constexpr std::string_view effect_begin = "riskd:effect ";

// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): equal keys must give equal marks.
std::uint64_t digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

Result<std::unique_ptr<Tracker>> open_web_tracker(std::string_view kind,
                                                  WebTrackerOptions options) {
  if (const WebKind* row = web_kind(kind)) return row->open(std::move(options));
  return fail(ErrorCode::unsupported, fmt::format("there is no tracker of kind `{}`", kind));
}

Unexpected<Error> refuse(std::string message, std::string where) {
  return fail(ErrorCode::invalid, std::move(message), std::move(where));
}

bool is_hidden(const Error& error) {
  return error.code == ErrorCode::forbidden || error.code == ErrorCode::not_found;
}

std::string describe(const Error& error) {
  return error.where.empty() ? error.message : error.message + " (" + error.where + ")";
}

std::string marker_text(std::string_view marker) { return fmt::format("{}{}", scheme, marker); }

std::string hidden_marker(std::string_view marker) {
  return fmt::format("<!-- {}{} -->", scheme, marker);
}

std::string marker_in(std::string_view text) {
  text = trimmed(text);
  if (const std::size_t line = text.rfind('\n'); line != std::string_view::npos)
    text = trimmed(text.substr(line + 1));
  if (text.substr(0, 4) == "<!--" && text.size() > 7 && text.substr(text.size() - 3) == "-->")
    text = trimmed(text.substr(4, text.size() - 7));
  if (text.substr(0, scheme.size()) != scheme) return {};
  text.remove_prefix(scheme.size());
  return is_marker(text) ? std::string(text) : std::string();
}

std::string effect_mark(std::string_view effect_key) {
  return fmt::format("{}{:016x}", effect_begin, digest(effect_key));
}

std::string hidden_effect_mark(std::string_view effect_key) {
  return fmt::format("<!-- {} -->", effect_mark(effect_key));
}

bool has_effect_mark(std::string_view comment, std::string_view effect_key) {
  return comment.find(effect_mark(effect_key)) != std::string_view::npos;
}

bool has_effect_mark(std::string_view comment) {
  return comment.find(effect_begin) != std::string_view::npos;
}

std::string project_of(const NewTicket& ticket, const WebTrackerOptions& options) {
  return ticket.project.empty() ? options.project : ticket.project;
}

Result<std::optional<TicketView>> none_settled(const NewTicket& ticket,
                                               const WebTrackerOptions& options) {
  if (!ticket.perhaps_made) return std::optional<TicketView>();
  const Instant settled{ticket.perhaps_made->ms + options.settle.count()};
  if (options.clock() >= settled) return std::optional<TicketView>();
  return fail(ErrorCode::unavailable,
              fmt::format("an earlier try may have made this ticket: it is looked for until {}",
                          to_string(settled)));
}

Result<std::optional<TicketView>> some(Result<TicketView> view) {
  if (!view) return failure(view);
  return std::optional(std::move(*view));
}

std::vector<std::string> steps_from(const std::vector<std::string>& path,
                                    std::string_view current) {
  const auto last = std::find_if(path.rbegin(), path.rend(), [&](const std::string& each) {
    return same_words(each, current);
  });
  return {last.base(), path.end()};
}

bool is_end_of(const std::vector<std::string>& path, std::string_view status) {
  return !path.empty() && same_words(path.back(), status);
}

}  // namespace riskd::connectors

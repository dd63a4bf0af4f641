// Any bytes as a ticket file: reading never goes out of bounds, and an edit of what can be read
// says afterwards what it should, with everything else as it was. Any bytes as outside text: one
// line, without an effect's mark.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/ticket_file.hpp"
#include "connectors/trackers/ticket_marks.hpp"

namespace {

using namespace riskd;
using namespace riskd::connectors;

void require(bool holds, const char* law) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", law);
  std::abort();
}

TicketHead read_again(const std::string& text) {
  const auto head = parse_head(text, "ticket.md");
  require(head.has_value() && head->has_value(), "an edited ticket can be read");
  return **head;
}

void check_edits(std::string_view text, const TicketHead& head) {
  const TicketHead closed = read_again(with_status(text, head, "Done"));
  require(closed.status == "Done" && closed.marker == head.marker, "a status that is set is read");

  const std::string linked = with_relation(text, head, "other");
  const std::vector<std::string> known = read_again(linked).relates_to;
  require(std::find(known.begin(), known.end(), "other") != known.end(),
          "a relation that is added is read");
  require(linked.size() > text.size() && read_again(linked).status == head.status,
          "a relation changes nothing else");

  const RichText comment{{"policy\n", false}, {std::string(text), true}};
  const std::string commented = with_effect(text, head, Instant{}, "a--key>", {}, comment);
  require(commented.substr(0, text.size()) == text, "a comment leaves what was there");
  require(has_effect(commented, "a--key>"), "an effect that is marked is found");
  const TicketHead after = read_again(commented);
  require(after.status == head.status && after.marker == head.marker, "a comment leaves the head");

  const std::string moved = with_effect(text, head, Instant{}, "a--key>", "Won't Do", comment);
  const StatusOrigin origin = origin_in_file(moved, read_again(moved));
  require(read_again(moved).status == "Won't Do" && origin.actor == Actor::riskd,
          "a status that riskd sets is riskd's");
  require(origin.remark.empty(), "what riskd writes is no remark");
  (void)origin_in_file(text, head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto head = parse_head(text, "ticket.md");
  if (head && *head) check_edits(text, **head);

  const RichText outside{{std::string(text), true}};
  const std::string markdown = to_markdown(outside);
  require(markdown.find_first_of("\n\r`<>") == std::string::npos, "outside text is one inert line");
  require(markdown.find("riskd:") == std::string::npos, "outside text holds no marker");

  NewTicket ticket;
  ticket.marker = "3f0c";
  ticket.title = outside;
  ticket.body = outside;
  ticket.labels = {std::string(text)};
  ticket.priority = std::string(text);
  const std::string made = new_ticket_text(ticket, "To Do");
  const auto fresh = parse_head(made, "ticket.md");
  require(fresh && *fresh && (*fresh)->marker == "3f0c" && (*fresh)->status == "To Do",
          "a new ticket is read as it was meant");
  return 0;
}

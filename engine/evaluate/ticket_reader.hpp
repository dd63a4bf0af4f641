// What the facts of a ticket say, by the policy's status maps. Used inside engine/ only.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/evaluate/ticket_places.hpp"
#include "engine/evaluate/trace.hpp"

namespace riskd::engine {

class Values;

class TicketReader {
 public:
  // `values` evaluates the conditions of rows, which read the ticket alone. Where `trace` is set, the rows that read
  // are counted in it.
  TicketReader(const Program& program, Values& values, Trace* trace)
      : program_(program), values_(values), trace_(trace) {}

  KnownTicket read(std::shared_ptr<const TicketFacts> facts);
  // Whether riskd opened the ticket again once, after a person had closed it and before this closing.
  bool was_reopened(const KnownTicket& known);

 private:
  // The row of the status map that reads the ticket; null where none does.
  const StatusRow* status_row(const TicketFact& fact);
  State mapped(const TicketFact& fact, bool* is_read = nullptr);
  bool is_closed(const TicketFact& fact);
  bool says_the_same(const TicketFact& before, const TicketFact& now);
  std::size_t first_of_status(const TicketFacts& facts, std::size_t index);

  const Program& program_;
  Values& values_;
  Trace* const trace_;
};

}  // namespace riskd::engine

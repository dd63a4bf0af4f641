// The members of the facts' structures, named once for writing and reading. `fields(io, value)` hands them to `io`, which
// is a writer or a reader; `io.often(text)` marks a text that is the same in many places; `io.has_closed_runs()` is false
// of layout 1. Used in product_bytes.cpp only.
#pragma once

#include <concepts>
#include <type_traits>

#include "engine/facts/product.hpp"

namespace riskd::snapshot {

using namespace engine;  // NOLINT(google-build-using-namespace): its structures are what this file is about

// A structure of the facts, const or not: `fields` names its members once, for both directions. A member that is added
// there and not here does not compile.
template <typename T, typename Structure>
concept Of = std::same_as<std::remove_const_t<T>, Structure>;

template <typename Io, Of<Provenance> T>
void fields(Io& io, T& value) {
  auto& [seq, at, poster, received] = value;
  io(seq, at, io.often(poster), received);
}
template <typename Io, typename V>
void fields(Io& io, Stamped<V>& value) {
  auto& [said, from] = value;
  io(said, from);
}
template <typename Io, typename V>
void fields(Io& io, const Stamped<V>& value) {
  auto& [said, from] = value;
  io(said, from);
}
template <typename Io, Of<ComponentFacts> T>
void fields(Io& io, T& value) {
  auto& [type, removed, declared, answers, fields] = value;
  io(type, removed, declared, answers, fields);
}
template <typename Io, Of<DecisionKey> T>
void fields(Io& io, T& value) {
  auto& [element, aspect] = value;
  io(element, io.often(aspect));
}
template <typename Io, Of<DecisionFact> T>
void fields(Io& io, T& value) {
  auto& [element, state, attribute, set, reason, until, accepted_inherent] = value;
  io(element, state, attribute, set, reason, until, accepted_inherent);
}
template <typename Io, Of<SeenElement> T>
void fields(Io& io, T& value) {
  auto& [element, values] = value;
  io(element, values);
}
template <typename Io, Of<ApproveFact> T>
void fields(Io& io, T& value) {
  auto& [elements, all, seen] = value;
  io(elements, all, seen);
}
template <typename Io, Of<TicketKey> T>
void fields(Io& io, T& value) {
  auto& [ticket, element] = value;
  io(io.often(ticket), element);
}
template <typename Io, Of<TicketFact> T>
void fields(Io& io, T& value) {
  auto& [ticket, element, tracker, kind, key, status, resolution, state, reason, labels, url, own,
         deleted, map, closed, by, remark] = value;
  io(io.often(ticket), element, io.often(tracker), io.often(kind), key, io.often(status),
     io.often(resolution), io.often(state), reason, labels, url, own, deleted, io.often(map),
     closed, io.often(by), remark);
}
template <typename Io, Of<ToldFact> T>
void fields(Io& io, T& value) {
  auto& [ticket, element, watched, departed] = value;
  io(io.often(ticket), element, watched, departed);
}
template <typename Io, Of<TicketFacts> T>
void fields(Io& io, T& value) {
  auto& [seen, told, told_departed, links] = value;
  io(seen, told, told_departed, links);
}
template <typename Io, Of<TestDetails> T>
void fields(Io& io, T& value) {
  auto& [message, severity, url, locations] = value;
  io(message, io.often(severity), io.often(url), locations);
}
// Of RunFact: reports that are folded have no results any more, but a fact's structure can have them.
template <typename Io, Of<TestResult> T>
void fields(Io& io, T& value) {
  auto& [id, aliases, title, component, scope, cwe, outcome, verdict, attributes, tags, details] =
      value;
  io(id, aliases, title, component, scope, cwe, outcome, verdict, attributes, tags, details);
}
// These two have the count of those that share them besides.
template <typename Io, Of<TestContent> T>
void fields(Io& io, T& value) {
  io(value.outcome, value.verdict, value.details, value.texts);
}
template <typename Io, Of<Saying> T>
void fields(Io& io, T& value) {
  io(value.from, io.often(value.run), io.often(value.url), value.upload);
}
template <typename Io, Of<Listing> T>
void fields(Io& io, T& value) {
  auto& [content, said] = value;
  io(content, said);
}
template <typename Io, Of<RunFact> T>
void fields(Io& io, T& value) {
  auto& [suite, run, source, component, url, complete, failed, more, scopes, results] = value;
  io(io.often(suite), io.often(run), io.often(source), io.often(component), io.often(url), complete,
     failed, more, scopes, results);
}
template <typename Io, Of<RunFacts> T>
void fields(Io& io, T& value) {
  auto& [run, results, from] = value;
  io(run, results, from);
}
template <typename Io, Of<ClosedRun> T>
void fields(Io& io, T& value) {
  auto& [component, id, at, seq, complete, failed, scopes] = value;
  io(io.often(component), id, at, seq, complete, failed, scopes);
}
template <typename Io, Of<SuiteFacts> T>
void fields(Io& io, T& value) {
  auto& [source, source_from, tests, runs, next_upload, singles, retired, closed] = value;
  io(io.often(source), source_from, tests, runs, next_upload, singles, retired);
  if (io.has_closed_runs()) io(closed);
}
template <typename Io, Of<Product> T>
void fields(Io& io, T& value) {
  auto& [id, title, removed, fields, answers, components, renamed, decisions, approval, tickets,
         suites, last_seq] = value;
  io(id, title, removed, fields, answers, components, renamed, decisions, approval, tickets, suites,
     last_seq);
}

}  // namespace riskd::snapshot

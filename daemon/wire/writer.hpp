// JSON text, written member by member in the order in which it is asked to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::wire {

class Writer {
 public:
  Writer() : out_(first_room, '\0') {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);
  // The same for a literal, which holds nothing that has to be escaped.
  template <std::size_t size>
  Writer& key(const char (&name)[size]) {
    char* const at = separated(room(size + 3));
    *at = '"';
    std::memcpy(at + 1, name, size - 1);
    at[size] = '"';
    at[size + 1] = ':';
    end_ = at + size + 2;
    fresh_ = true;
    return *this;
  }

  Writer& text(std::string_view value);
  Writer& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  Writer& truth(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  Writer& integer(std::int64_t value) { return raw(std::to_string(value)); }
  Writer& count(std::uint64_t value);
  Writer& rounded(double value);  // two decimals at most
  Writer& exact(double value);    // as few digits as give the same number back, no exponent
  Writer& texts(const std::vector<std::string>& values);
  Writer& integers(const std::vector<int>& values);
  Writer& raw(std::string_view json);  // a value that is JSON already

  // A member with a text, left out where that is empty.
  Writer& some(std::string_view name, std::string_view value);

  // What was written; afterwards the writer is over.
  std::string take() {
    out_.resize(static_cast<std::size_t>(end_ - out_.data()));
    return std::move(out_);
  }

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  Writer& hundredths(std::int64_t count, bool negative);
  // The end of the text, with room for `bytes` behind it.
  char* room(std::size_t bytes) {
    if (out_.data() + out_.size() < end_ + bytes) grow(bytes);
    return end_;
  }
  void grow(std::size_t bytes);
  // Behind the comma that must stand at `end`, if any.
  char* separated(char* end) {
    if (!fresh_) *end++ = ',';
    fresh_ = false;
    return end;
  }

  static constexpr std::size_t first_room = 256;
  std::string out_;          // as long as what it has room for
  char* end_ = out_.data();  // of the text in it
  bool fresh_ = true;        // nothing before it that a comma must follow
};

// Text as a JSON string, with its quotes. Control characters (control.hpp) are escaped; bytes that are
// not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);

// Members of an object: who said something, and when; "received" where that was at another time.
void write_provenance(Writer& out, const engine::Provenance& from);

// Members of an object: a ticket as it should be and, where it is known, as it is.
void write_ticket_row(Writer& out, const engine::TicketRow& row);

}  // namespace riskd::wire

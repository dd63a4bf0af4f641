// Whatever the bytes are, the reader of facts gives a fact or an error, and what it gives can be stored
// and read back as it was: see the libFuzzer manual.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/wire/json.hpp"
#include "engine/base/utf8.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = riskd::wire::read_facts_file(bytes);
  if (file) check(file->facts.size() == file->times.size());
  const auto fact = riskd::wire::read_fact(bytes);
  if (!fact) {
    check(!fact.error().message.empty());
    return 0;
  }
  const std::string stored = riskd::wire::write_fact_body(fact->body);
  check(!riskd::find_invalid_utf8(stored));
  const auto back = riskd::wire::read_fact_body(stored);
  check(back.has_value() && riskd::wire::write_fact_body(*back) == stored);
  return 0;
}

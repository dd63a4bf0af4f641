#include "daemon/store/access_record.hpp"

#include <algorithm>

#include "daemon/store/fields.hpp"

namespace riskd::store {
namespace {

void add_texts(FieldWriter& writer, const std::vector<std::string>& texts) {
  writer.number(texts.size());
  for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> take_texts(FieldReader& reader) {
  std::vector<std::string> texts;
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.good(); ++i) texts.emplace_back(reader.text());
  return texts;
}

}  // namespace

std::string encode_access(const AccessRecord& access) {
  FieldWriter writer(1);
  writer.number(static_cast<std::uint64_t>(access.change))
      .text(access.token)
      .text({reinterpret_cast<const char*>(access.hash.data()), access.hash.size()});
  add_texts(writer, access.roles);
  add_texts(writer, access.products);
  writer.number(access.expires ? 1 : 0);
  if (access.expires) writer.moment(*access.expires);
  return writer.take();
}

std::optional<AccessRecord> decode_access(std::string_view bytes) {
  FieldReader reader(bytes, 1);
  AccessRecord access;
  const std::uint64_t change = reader.number();
  if (change > static_cast<std::uint64_t>(AccessRecord::Change::revoked)) return std::nullopt;
  access.change = static_cast<AccessRecord::Change>(change);
  access.token = reader.text();
  const std::string_view hash = reader.text();
  if (hash.size() != access.hash.size()) return std::nullopt;
  std::copy(hash.begin(), hash.end(), access.hash.begin());
  access.roles = take_texts(reader);
  access.products = take_texts(reader);
  if (reader.flag()) access.expires = reader.moment();
  if (!reader.whole()) return std::nullopt;
  return access;
}

}  // namespace riskd::store

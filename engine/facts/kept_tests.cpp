#include "engine/facts/kept_tests.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace riskd::engine {
namespace {

constexpr std::size_t most_in_chunk = 128;
// So many last bytes of a text must be those of the id, where not all of it is.
constexpr std::size_t shortest_tail = 4;

class Packing {
 public:
  explicit Packing(std::string_view id) : id_(id) {}

  void number(std::size_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  // What ends as the id does: the bytes before, and where in the id the rest begins.
  void text(std::string_view text) {
    const auto other =
        std::mismatch(text.rbegin(), text.rend(), id_.rbegin(), id_.rend()).first - text.rbegin();
    auto tail = static_cast<std::size_t>(other);
    if (tail < text.size() && tail < shortest_tail) tail = 0;
    number(text.size() - tail);
    bytes_ += text.substr(0, text.size() - tail);
    number(tail == 0 ? 0 : id_.size() - tail + 1);
  }
  void texts(const std::vector<std::string>& all) {
    number(all.size());
    for (const std::string& each : all) text(each);
  }
  std::string take() {
    bytes_.shrink_to_fit();
    return std::move(bytes_);
  }

 private:
  const std::string_view id_;
  std::string bytes_;
};

// After the first thing that does not fit, all is empty and `whole` is false.
class Unpacking {
 public:
  Unpacking(std::string_view id, std::string_view bytes) : id_(id), bytes_(bytes) {}

  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return stop();
  }
  // How many things follow: each takes a byte at least.
  std::size_t count() {
    const std::size_t value = number();
    return value <= bytes_.size() - at_ ? value : stop();
  }
  std::string text() {
    const std::size_t size = count();
    std::string text(bytes_.substr(at_, size));
    at_ += size;
    const std::size_t tail = number();
    if (tail > id_.size()) stop();
    if (tail != 0 && is_good_) text += id_.substr(tail - 1);
    return text;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all(count());
    for (std::string& each : all) each = text();
    return all;
  }
  bool whole() const { return is_good_ && at_ == bytes_.size(); }

 private:
  std::size_t stop() {
    is_good_ = false;
    at_ = bytes_.size();
    return 0;
  }

  const std::string_view id_;
  const std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

void unpack(Unpacking& packed, TestResult& result) {
  result.title = packed.text();
  result.cwe.resize(packed.count());
  for (int& each : result.cwe) each = static_cast<int>(packed.number());
  result.aliases = packed.texts();
  result.tags = packed.texts();
  result.attributes.resize(packed.count());
  for (auto& [name, value] : result.attributes) {
    name = packed.text();
    value = packed.text();
  }
}

}  // namespace

KeptKey::KeptKey(const TestKeyView& key)
    : component_(static_cast<std::uint32_t>(key.component.size())),
      id_(static_cast<std::uint32_t>(key.id.size())),
      scope_(static_cast<std::uint32_t>(key.scope.size())) {
  char* text = reinterpret_cast<char*>(this + 1);
  for (const std::string_view each : {key.component, key.id, key.scope})
    text = std::copy(each.begin(), each.end(), text);
}

Shared<KeptKey> KeptKey::make(const TestKeyView& key) {
  const std::size_t text = key.component.size() + key.id.size() + key.scope.size();
  return Shared<KeptKey>(new (text) KeptKey(key));
}

TestKeyView KeptKey::view() const {
  const char* text = reinterpret_cast<const char*>(this + 1);
  return {{text, component_}, {text + component_, id_}, {text + component_ + id_, scope_}};
}

bool TestContent::operator==(const TestContent& other) const {
  return outcome == other.outcome && verdict == other.verdict && texts == other.texts &&
         (details == other.details || (details && other.details && *details == *other.details));
}

Shared<TestContent> content_of(const TestResult& result) {
  Packing packing(result.id);
  packing.text(result.title);
  packing.number(result.cwe.size());
  for (const int each : result.cwe) packing.number(static_cast<std::uint32_t>(each));
  packing.texts(result.aliases);
  packing.texts(result.tags);
  packing.number(result.attributes.size());
  for (const auto& [name, value] : result.attributes) {
    packing.text(name);
    packing.text(value);
  }
  TestContent content;
  content.outcome = result.outcome;
  content.verdict = result.verdict;
  // A copy: the result's own would keep the memory around it, which all the report took.
  if (result.details) content.details = std::make_shared<const TestDetails>(*result.details);
  content.texts = packing.take();
  return make_shared_value<TestContent>(std::move(content));
}

TestResult result_of(const TestKeyView& key, const TestContent& content) {
  TestResult result;
  result.component = key.component;
  result.id = key.id;
  result.scope = key.scope;
  result.outcome = content.outcome;
  result.verdict = content.verdict;
  result.details = content.details;
  Unpacking packed(key.id, content.texts);
  unpack(packed, result);
  return result;
}

bool fits(const TestKeyView& key, const TestContent& content) {
  Unpacking packed(key.id, content.texts);
  TestResult result;
  unpack(packed, result);
  return packed.whole();
}

bool SharedContents::Before::operator()(const Shared<TestContent>& a,
                                        const Shared<TestContent>& b) const {
  const auto plain = [](const TestContent& each) {
    return std::tie(each.outcome, each.verdict, each.texts);
  };
  if (plain(*a) != plain(*b)) return plain(*a) < plain(*b);
  if (!a->details || !b->details) return !a->details && b->details;
  const auto told = [](const TestDetails& each) {
    return std::tie(each.message, each.severity, each.url, each.locations);
  };
  return told(*a->details) < told(*b->details);
}

namespace {

constexpr auto is_before = [](const KeptTest& test, const TestKeyView& key) {
  return test.key() < key;
};
constexpr auto is_after = [](const TestKeyView& key, const KeptTest& test) {
  return key < test.key();
};

}  // namespace

// The one that has the key, or would have it. There is one at least.
std::size_t KeptTests::chunk_of(const TestKeyView& key) const {
  const auto after = std::upper_bound(chunks_.begin() + 1, chunks_.end(), key,
                                      [](const TestKeyView& of, const Shared<Chunk>& chunk) {
                                        return is_after(of, chunk->tests.front());
                                      });
  return static_cast<std::size_t>(after - chunks_.begin()) - 1;
}

const KeptTest* KeptTests::find(const TestKeyView& key) const {
  if (chunks_.empty()) return nullptr;
  const std::vector<KeptTest>& tests = chunks_[chunk_of(key)]->tests;
  const auto place = std::lower_bound(tests.begin(), tests.end(), key, is_before);
  return place == tests.end() || place->key() != key ? nullptr : &*place;
}

const KeptTest* KeptTests::after(const TestKeyView& key) const {
  if (chunks_.empty()) return nullptr;
  const std::size_t chunk = chunk_of(key);
  const std::vector<KeptTest>& tests = chunks_[chunk]->tests;
  const auto place = std::upper_bound(tests.begin(), tests.end(), key, is_after);
  if (place != tests.end()) return &*place;
  return chunk + 1 == chunks_.size() ? nullptr : &chunks_[chunk + 1]->tests.front();
}

KeptTest& KeptTests::change(const TestKeyView& key) {
  if (chunks_.empty()) chunks_.push_back(make_shared_value<Chunk>());
  std::size_t chunk = chunk_of(key);
  std::vector<KeptTest>* tests = &chunks_[chunk].own().tests;
  auto place = std::lower_bound(tests->begin(), tests->end(), key, is_before);
  if (place != tests->end() && place->key() == key) return *place;
  ++size_;
  if (tests->size() == most_in_chunk) {
    // What comes in order fills the chunks.
    const bool is_last = place == tests->end();
    const auto middle = is_last ? place : tests->begin() + most_in_chunk / 2;
    const bool in_second = is_last || place > middle;
    const auto at = place - (in_second ? middle : tests->begin());
    auto second = make_shared_value<Chunk>();
    std::vector<KeptTest>& moved = second.own().tests;
    moved.assign(std::make_move_iterator(middle), std::make_move_iterator(tests->end()));
    tests->erase(middle, tests->end());
    tests->shrink_to_fit();
    tests = in_second ? &moved : tests;
    place = tests->begin() + at;
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(chunk) + 1, std::move(second));
  }
  // As much room as is needed soon: there may be thousands of chunks that stay as they are.
  const auto at = place - tests->begin();
  if (tests->size() == tests->capacity()) tests->reserve(tests->size() + 1 + tests->size() / 4);
  return *tests->insert(tests->begin() + at, {KeptKey::make(key), {}});
}

void KeptTests::remove(const TestKeyView& key) {
  if (find(key) == nullptr) return;
  const std::size_t chunk = chunk_of(key);
  std::vector<KeptTest>& tests = chunks_[chunk].own().tests;
  tests.erase(std::lower_bound(tests.begin(), tests.end(), key, is_before));
  --size_;
  if (tests.empty()) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(chunk));
}

}  // namespace riskd::engine

#include "daemon/snapshot/product_bytes.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <map>
#include <memory>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/snapshot/product_fields.hpp"
#include "daemon/store/fields.hpp"
#include "engine/base/limits.hpp"

namespace riskd::snapshot {
namespace {

template <typename T, typename Io>
concept HasFields = requires(Io& io, T& value) {
  fields(io, value);
};
template <typename T>
concept Number = std::integral<T> && !std::same_as<T, bool>;
template <typename T>
concept Enum = std::is_enum_v<T>;

// A text that is the same in many places: written once, then by its number.
template <typename Text>
struct Often {
  Text& text;
};

class Writer {
 public:
  explicit Writer(char layout) : out_(layout) {}
  std::string take() { return out_.take(); }

  template <typename... Parts>
  void operator()(const Parts&... parts) {
    (put(parts), ...);
  }
  Often<const std::string> often(const std::string& text) { return {text}; }
  bool has_closed_runs() const { return true; }

 private:
  void put(bool value) { out_.number(value ? 1 : 0); }
  void put(Enum auto value) { out_.number(static_cast<std::uint64_t>(value)); }
  void put(double value) { out_.number(std::bit_cast<std::uint64_t>(value)); }
  template <Number T>
  void put(T value) {
    if constexpr (std::is_signed_v<T>) {
      out_.integer(value);
    } else {
      out_.number(value);
    }
  }
  void put(const Instant& value) { out_.moment(value); }
  void put(const Date& value) { out_.integer(value.days); }
  void put(const std::string& value) { out_.text(value); }
  void put(const Often<const std::string>& value) {
    const auto [known, is_new] = texts_.emplace(value.text, texts_.size() + 1);
    out_.number(is_new ? 0 : known->second);
    if (is_new) out_.text(value.text);
  }
  template <typename T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <typename A, typename B>
  void put(const std::pair<A, B>& value) {
    put(value.first);
    put(value.second);
  }
  template <typename T>
  void put(const std::vector<T>& values) {
    put_all(values);
  }
  template <typename T>
  void put(const std::set<T>& values) {
    put_all(values);
  }
  template <typename K, typename V>
  void put(const std::map<K, V>& values) {
    put_all(values);
  }
  template <typename T>
  void put_all(const T& values) {
    put(values.size());
    for (const auto& value : values) put(value);
  }
  void put(std::monostate) {}
  void put(const RawValue& value) {
    put(value.index());
    std::visit([this](const auto& held) { put(held); }, value);
  }
  // Copies of a pointer stay copies.
  template <typename T>
  void put(const std::shared_ptr<const T>& value) {
    if (value == nullptr) return put(std::uint64_t{0});
    const auto [known, is_new] = pointers_.emplace(value.get(), pointers_.size() + 2);
    put(is_new ? std::uint64_t{1} : known->second);
    if (is_new) put(*value);
  }
  template <typename T>
  void put(const Shared<T>& value) {
    const auto [known, is_new] = pointers_.emplace(value.get(), pointers_.size() + 2);
    put(is_new ? std::uint64_t{1} : known->second);
    if (is_new) put(*value);
  }
  void put(const KeptTests& tests) {
    put(tests.size());
    for (const KeptTest& test : tests) {
      const TestKeyView key = test.key();
      put(std::string(key.component));
      put(std::string(key.id));
      put(std::string(key.scope));
      put(test.listed);
    }
  }
  void put(const ClosedRuns& closed) { put(closed.all()); }
  template <HasFields<Writer> T>
  void put(const T& value) {
    fields(*this, value);
  }

  store::FieldWriter out_;
  std::unordered_map<std::string_view, std::uint64_t> texts_;  // of the product that is written
  std::unordered_map<const void*, std::uint64_t> pointers_;
};

class Reader {
 public:
  Reader(std::string_view bytes, char layout) : in_(bytes, layout), left_(bytes.size()) {}
  bool whole() const { return good_ && in_.whole(); }

  template <typename... Parts>
  void operator()(Parts&&... parts) {
    (get(parts), ...);
  }
  Often<std::string> often(std::string& text) { return {text}; }
  bool has_closed_runs() const { return in_.layout() >= 2; }

 private:
  void get(bool& value) { value = in_.flag(); }
  template <Enum T>
  void get(T& value) {
    constexpr std::uint64_t greatest = greatest_of(T{});
    const std::uint64_t number = in_.number();
    good_ = good_ && number <= greatest;
    value = static_cast<T>(good_ ? number : 0);
  }
  static constexpr std::uint64_t greatest_of(DecisionState) {
    return static_cast<std::uint64_t>(DecisionState::set);
  }
  static constexpr std::uint64_t greatest_of(TestOutcome) {
    return static_cast<std::uint64_t>(TestOutcome::absent);
  }
  void get(double& value) { value = std::bit_cast<double>(in_.number()); }
  template <Number T>
  void get(T& value) {
    if constexpr (std::is_signed_v<T>) {
      const std::int64_t read = in_.integer();
      good_ = good_ && std::in_range<T>(read);
      value = good_ ? static_cast<T>(read) : T{};
    } else {
      const std::uint64_t read = in_.number();
      good_ = good_ && std::in_range<T>(read);
      value = good_ ? static_cast<T>(read) : T{};
    }
  }
  void get(Instant& value) { value = in_.moment(); }
  void get(Date& value) { get(value.days); }
  void get(std::string& value) { value = in_.text(); }
  void get(Often<std::string>& value) {
    const std::uint64_t number = in_.number();
    if (number == 0) texts_.emplace_back(in_.text());
    good_ = good_ && in_.good() && number <= texts_.size();
    if (good_) value.text = number == 0 ? texts_.back() : texts_[number - 1];
  }
  template <typename T>
  void get(std::optional<T>& value) {
    bool is_there = false;
    get(is_there);
    if (is_there && go_on()) get(value.emplace());
  }
  template <typename A, typename B>
  void get(std::pair<A, B>& value) {
    get(value.first);
    get(value.second);
  }
  template <typename T>
  void get(std::vector<T>& values) {
    const std::size_t count = get_count();
    for (std::size_t i = 0; i < count && go_on(); ++i) get(values.emplace_back());
  }
  template <typename T>
  void get(std::set<T>& values) {
    const std::size_t count = get_count();
    for (std::size_t i = 0; i < count && go_on(); ++i) {
      T value{};
      get(value);
      values.insert(values.end(), std::move(value));
    }
  }
  template <typename K, typename V>
  void get(std::map<K, V>& values) {
    const std::size_t count = get_count();
    for (std::size_t i = 0; i < count && go_on(); ++i) {
      K key{};
      get(key);
      get(values.emplace_hint(values.end(), std::move(key), V{})->second);
    }
  }
  void get(RawValue& value) {
    switch (in_.number()) {
      case 0:
        value = std::monostate{};
        return;
      case 1:
        return get(value.emplace<bool>());
      case 2:
        return get(value.emplace<double>());
      case 3:
        return get(value.emplace<std::string>());
      case 4:
        return get(value.emplace<std::vector<std::string>>());
      default:
        good_ = false;
    }
  }
  template <typename T>
  void get(std::shared_ptr<const T>& value) {
    const std::uint64_t number = get_pointer();
    if (number == 1) {
      const std::size_t place = keep_place();
      auto made = std::make_shared<T>();
      get(*made);
      value = made;
      pointers_[place] = std::move(made);
    } else if (number > 1) {
      get_known(number, value);
    }
  }
  template <typename T>
  void get(Shared<T>& value) {
    const std::uint64_t number = get_pointer();
    if (number == 1) {
      const std::size_t place = keep_place();
      value = make_shared_value<T>();
      get(value.own());
      pointers_[place] = value;
    } else if (number > 1) {
      get_known(number, value);
    }
    good_ = good_ && value;
  }
  std::uint64_t get_pointer() {
    const std::uint64_t number = in_.number();
    good_ = good_ && in_.good() && number < pointers_.size() + 2;
    return good_ ? number : 0;
  }
  // In the order in which they were written: what a value points to comes after it.
  std::size_t keep_place() {
    pointers_.emplace_back();
    return pointers_.size() - 1;
  }
  template <typename T>
  void get_known(std::uint64_t number, T& value) {
    const T* known = std::get_if<T>(&pointers_[number - 2]);
    good_ = known != nullptr;
    if (good_) value = *known;
  }
  void get(KeptTests& tests) {
    const std::size_t count = get_count();
    TestKey key;
    for (std::size_t i = 0; i < count && go_on(); ++i) {
      get(key.component);
      get(key.id);
      get(key.scope);
      KeptTest& test = tests.change(key);
      const std::size_t listings = get_count();
      test.listed.clear();
      test.listed.reserve(std::min(listings, limits::test_listings));
      for (std::size_t k = 0; k < listings && go_on(); ++k) {
        get(test.listed.emplace_back());
        const Listing& listing = test.listed.back();
        const bool is_new = k == 0 || listing.content != test.listed[k - 1].content;
        good_ = good_ && (!is_new || fits(key, *listing.content));
      }
      good_ = good_ && !test.listed.empty();
    }
  }
  void get(ClosedRuns& closed) {
    std::vector<ClosedRun> runs;
    get(runs);
    closed.add(std::move(runs));
  }
  template <HasFields<Reader> T>
  void get(T& value) {
    fields(*this, value);
  }

  bool go_on() const { return good_ && in_.good(); }
  // Each item takes a byte at least.
  std::size_t get_count() {
    const std::uint64_t count = in_.number();
    good_ = good_ && in_.good() && count <= left_;
    return good_ ? count : 0;
  }

  store::FieldReader in_;
  std::size_t left_;
  bool good_ = true;
  std::vector<std::string> texts_;
  std::vector<std::variant<std::monostate, std::shared_ptr<const TestDetails>, Shared<TestContent>,
                           Shared<Saying>>>
      pointers_;
};

}  // namespace

char layout_of_product(std::string_view bytes) { return bytes.empty() ? '\0' : bytes.front(); }

std::string write_product(const Product& product) {
  Writer writer(product_layout);
  writer(product);
  return writer.take();
}

std::optional<Product> read_product(std::string_view bytes) {
  Reader reader(bytes, product_layout);
  Product product;
  reader(product);
  if (!reader.whole()) return std::nullopt;
  return product;
}

}  // namespace riskd::snapshot

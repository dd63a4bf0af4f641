#include "daemon/snapshot/product_bytes.hpp"

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

#include "daemon/store/fields.hpp"

namespace riskd::snapshot {
namespace {

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
template <typename Io, Of<TestResult> T>
void fields(Io& io, T& value) {
  auto& [id, aliases, title, component, scope, cwe, outcome, verdict, attributes, tags, details] =
      value;
  io(io.often(id), aliases, io.often(title), io.often(component), io.often(scope), cwe, outcome,
     verdict, attributes, tags, details);
}
template <typename Io, Of<TestKey> T>
void fields(Io& io, T& value) {
  auto& [component, id, scope] = value;
  io(io.often(component), io.often(id), io.often(scope));
}
template <typename Io, Of<TestEntry> T>
void fields(Io& io, T& value) {
  auto& [result, run, url, absent, from, upload] = value;
  io(result, io.often(run), io.often(url), absent, from, upload);
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
template <typename Io, Of<SuiteFacts> T>
void fields(Io& io, T& value) {
  auto& [source, source_from, tests, runs, next_upload, singles, retired] = value;
  io(io.often(source), source_from, tests, runs, next_upload, singles, retired);
}
template <typename Io, Of<Product> T>
void fields(Io& io, T& value) {
  auto& [id, title, removed, fields, answers, components, renamed, decisions, approval, tickets,
         suites, last_seq] = value;
  io(id, title, removed, fields, answers, components, renamed, decisions, approval, tickets, suites,
     last_seq);
}

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
  void put(const T& value) requires requires(Writer& io) {
    fields(io, value);
  }
  { fields(*this, value); }

  store::FieldWriter out_;
  std::unordered_map<std::string_view, std::uint64_t> texts_;  // of the product that is written
  std::unordered_map<const void*, std::uint64_t> pointers_;
};

class Reader {
 public:
  Reader(std::string_view bytes, char layout) : in_(bytes, layout), left_(bytes.size()) {
    good_ = in_.layout() == layout;
  }
  bool whole() const { return good_ && in_.whole(); }

  template <typename... Parts>
  void operator()(Parts&&... parts) {
    (get(parts), ...);
  }
  Often<std::string> often(std::string& text) { return {text}; }

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
    const std::uint64_t number = in_.number();
    good_ = good_ && in_.good() && number < pointers_.size() + 2;
    if (!good_ || number == 0) return;
    if (number == 1) {
      const std::size_t place = pointers_.size();
      pointers_.emplace_back();
      auto made = std::make_shared<T>();
      get(*made);
      pointers_[place] = {&typeid(T), made};
      value = std::move(made);
      return;
    }
    const auto& [type, kept] = pointers_[number - 2];
    good_ = type != nullptr && *type == typeid(T);
    if (good_) value = std::static_pointer_cast<const T>(kept);
  }
  template <typename T>
  void get(T& value) requires requires(Reader& io) {
    fields(io, value);
  }
  { fields(*this, value); }

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
  std::vector<std::pair<const std::type_info*, std::shared_ptr<const void>>> pointers_;
};

}  // namespace

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

// The tests of a suite and what was said of each, in little memory: a suite may have a million of them.
//
// What is kept never changes: copies of a product share it, and so do listings that say the same, whether of one test on
// different days or of several tests of one class.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/shared.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::engine {

// A test within a suite: id, component and scope. Ordered by component, id and scope.
struct TestKeyView {
  std::string_view component, id, scope;
  auto operator<=>(const TestKeyView&) const = default;
};
struct TestKey {
  std::string component;
  std::string id;
  std::string scope;
  TestKey() = default;
  TestKey(std::string component_of, std::string id_of, std::string scope_of)
      : component(std::move(component_of)), id(std::move(id_of)), scope(std::move(scope_of)) {}
  explicit TestKey(const TestKeyView& key)
      : component(key.component), id(key.id), scope(key.scope) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a view of it
  operator TestKeyView() const { return {component, id, scope}; }
  auto operator<=>(const TestKey&) const = default;
};

// The same in one piece of memory.
class KeptKey : public Counted {
 public:
  static Shared<KeptKey> make(const TestKeyView& key);
  TestKeyView view() const;
  // NOLINTNEXTLINE(misc-new-delete-overloads): make() alone makes it, with its text
  static void operator delete(void* memory) { ::operator delete(memory); }

 private:
  explicit KeptKey(const TestKeyView& key);
  static void* operator new(std::size_t size, std::size_t text) {
    return ::operator new(size + text);
  }
  static void operator delete(void* memory, std::size_t) { ::operator delete(memory); }

  std::uint32_t component_, id_, scope_;  // bytes of each; they follow
};

// What a listing says of a test, apart from its key.
struct TestContent : Counted {
  TestOutcome outcome = TestOutcome::passed;
  bool verdict = true;
  std::shared_ptr<const TestDetails> details;
  std::string
      texts;  // title, CWE, aliases, tags and attributes; what repeats the test's id refers to it
  // Whether it says the same of a test as another one does.
  bool operator==(const TestContent& other) const;
};
Shared<TestContent> content_of(const TestResult& result);
TestResult result_of(const TestKeyView& key, const TestContent& content);
// Whether `texts` of a content that comes from outside can be read as that of a test of this key.
bool fits(const TestKeyView& key, const TestContent& content);

// Contents, each kept once. Reports choose them, so they are ordered and not hashed.
class SharedContents {
 public:
  Shared<TestContent> find_or_add(Shared<TestContent> content) {
    return *all_.insert(std::move(content)).first;
  }

 private:
  struct Before {
    bool operator()(const Shared<TestContent>& a, const Shared<TestContent>& b) const;
  };
  std::set<Shared<TestContent>, Before> all_;
};

// What all results of one fact have in common.
struct Saying : Counted {
  Provenance from;
  std::string run;
  std::string url;
  std::uint32_t upload = single;  // in SuiteFacts::runs, if it is kept there
  static constexpr std::uint32_t single = std::numeric_limits<std::uint32_t>::max();
};

// One thing that a suite said of a test at one time.
struct Listing {
  Shared<TestContent> content;
  Shared<Saying> said;
  // The run covered the test and did not list it, or listed it without result.
  bool absent() const {
    return said->upload != Saying::single && content->outcome == TestOutcome::absent;
  }
};

// A test and its listings, the one that holds last.
struct KeptTest {
  Shared<KeptKey> name;
  std::vector<Listing> listed;
  TestKeyView key() const { return name->view(); }
  TestResult result(const Listing& listing) const { return result_of(key(), *listing.content); }
};

// Tests in the order of their keys. A copy shares all of them with the original; a change copies those that stand near
// the test that it is of.
class KeptTests {
  struct Chunk : Counted {
    std::vector<KeptTest> tests;
  };

 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = KeptTest;
    using difference_type = std::ptrdiff_t;
    using pointer = const KeptTest*;
    using reference = const KeptTest&;
    using Chunks = std::vector<Shared<Chunk>>;
    Iterator(const Chunks& chunks, std::size_t chunk, std::size_t test)
        : chunks_(&chunks), chunk_(chunk), test_(test) {}
    const KeptTest& operator*() const { return (*chunks_)[chunk_]->tests[test_]; }
    const KeptTest* operator->() const { return &**this; }
    Iterator& operator++() {
      if (++test_ == (*chunks_)[chunk_]->tests.size()) {
        ++chunk_;
        test_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Chunks* chunks_;
    std::size_t chunk_, test_;
  };

  Iterator begin() const { return {chunks_, 0, 0}; }
  Iterator end() const { return {chunks_, chunks_.size(), 0}; }
  std::size_t size() const { return size_; }
  const KeptTest* find(const TestKeyView& key) const;   // null where there is none
  const KeptTest* after(const TestKeyView& key) const;  // the first whose key is greater

  // A test to be changed, made where there is none. Its name stays.
  KeptTest& change(const TestKeyView& key);
  void remove(const TestKeyView& key);
  template <typename Visit>
  void change_all(const Visit& visit) {
    for (Shared<Chunk>& chunk : chunks_) {
      for (KeptTest& test : chunk.own().tests) visit(test);
    }
  }

 private:
  std::size_t chunk_of(const TestKeyView& key) const;
  std::vector<Shared<Chunk>> chunks_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace riskd::engine

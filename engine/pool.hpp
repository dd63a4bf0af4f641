// Elements of one kind, side by side at places that do not move. Used inside engine/ only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace riskd::engine {

// T says by `is_there()` whether it is in use. A copy has equal items at places of its own.
template <typename T>
class Pool {
 public:
  Pool() = default;
  Pool(const Pool& other) : size_(other.size_), used_(other.used_) {
    for (const Chunk& from : other.chunks_) {
      chunks_.push_back({std::make_unique<T[]>(from.size), from.size});
      std::copy_n(from.items.get(), from.size, chunks_.back().items.get());
    }
    each_place([&](T& item) {
      if (!item.is_there()) free_.push_back(&item);
    });
  }
  Pool(Pool&&) noexcept = default;
  Pool& operator=(Pool other) noexcept {
    swap(other);
    return *this;
  }
  void swap(Pool& other) noexcept {
    chunks_.swap(other.chunks_);
    free_.swap(other.free_);
    std::swap(size_, other.size_);
    std::swap(used_, other.used_);
  }

  // One that is not in use, as it was made or given back.
  T& take() {
    ++size_;
    if (!free_.empty()) {
      T& item = *free_.back();
      free_.pop_back();
      return item;
    }
    if (chunks_.empty() || used_ == chunks_.back().size) add_chunk();
    return chunks_.back().items[used_++];
  }
  void give_back(T& item) {
    --size_;
    free_.push_back(&item);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Over those in use, in no order that means anything.
  class Iterator {
   public:
    Iterator(const Pool* pool, std::size_t chunk) : pool_(pool), chunk_(chunk) { skip(); }
    T* operator*() const { return &pool_->chunks_[chunk_].items[at_]; }
    Iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return chunk_ == other.chunk_ && at_ == other.at_;
    }

   private:
    void skip() {
      while (chunk_ < pool_->chunks_.size()) {
        const std::size_t end = pool_->used_in(chunk_);
        while (at_ < end && !pool_->chunks_[chunk_].items[at_].is_there()) ++at_;
        if (at_ < end) return;
        ++chunk_;
        at_ = 0;
      }
    }
    const Pool* pool_;
    std::size_t chunk_, at_ = 0;
  };
  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, chunks_.size()); }

 private:
  static constexpr std::size_t smallest = 4, greatest = 256;
  struct Chunk {
    std::unique_ptr<T[]> items;
    std::size_t size = 0;
  };

  std::size_t used_in(std::size_t chunk) const {
    return chunk + 1 == chunks_.size() ? used_ : chunks_[chunk].size;
  }
  template <typename Visit>
  void each_place(const Visit& visit) {
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      for (std::size_t at = 0; at < used_in(i); ++at) visit(chunks_[i].items[at]);
    }
  }
  void add_chunk() {
    const std::size_t size =
        chunks_.empty() ? smallest : std::min(greatest, 2 * chunks_.back().size);
    chunks_.push_back({std::make_unique<T[]>(size), size});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::vector<T*> free_;
  std::size_t size_ = 0;  // in use
  std::size_t used_ = 0;  // of the last chunk, so far
};

}  // namespace riskd::engine

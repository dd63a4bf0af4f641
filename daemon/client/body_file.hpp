// A file that is sent as it is read: with its size where it has one, otherwise in chunks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/http/client.hpp"

namespace riskd::client {

class BodyFile final : public connectors::HttpBody {
 public:
  // Error::not_found, or unavailable where it cannot be read.
  static Result<BodyFile> open(const std::string& path);
  BodyFile(BodyFile&& other) noexcept;
  BodyFile& operator=(BodyFile&&) = delete;
  ~BodyFile() override;

  std::optional<std::uint64_t> size_bytes() const override { return size_bytes_; }
  Result<std::size_t> read(char* place, std::size_t bytes) override;

 private:
  BodyFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Unexpected<Error> cannot_read() const;

  std::string path_;
  int fd_ = -1;
  std::optional<std::uint64_t> size_bytes_;
  std::uint64_t left_ = 0;
};

}  // namespace riskd::client

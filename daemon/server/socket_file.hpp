// The socket in the file system: made so that nobody can use it before its mode is set, and so that
// of two processes that start at once only one has it.
#pragma once

#include <sys/types.h>

#include <string>

#include "daemon/server/server.hpp"
#include "engine/base/result.hpp"

namespace riskd::server {

// A listening socket and its file; both go with the object, but of a socket that was given the file stays.
class SocketFile {
 public:
  // Errors as of start_server.
  static Result<SocketFile> listen(const std::string& path, const SocketAccess& access);
  // Takes a socket that another process has made, and closes it also where it does not fit: Error::invalid unless it is a
  // Unix stream socket that listens at `path`.
  static Result<SocketFile> adopt(const std::string& path, int fd);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) = delete;
  ~SocketFile();

  int fd() const { return fd_; }
  // Removes the file, where it is still this socket's, and stops listening.
  void close();

 private:
  SocketFile(std::string path, int fd, dev_t device, ino_t inode)
      : path_(std::move(path)), fd_(fd), device_(device), inode_(inode) {}

  std::string path_;
  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace riskd::server

#include "connectors/http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr long connect_timeout_ms = 10'000;
constexpr long connections_kept = 8;  // by each handle
constexpr std::size_t head_bytes = 256u << 10;
constexpr int longest_poll_ms = 1'000;

void begin_curl() {
  static const bool begun = [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      std::fputs("riskd: libcurl cannot be initialised\n", stderr);
      std::abort();
    }
    return true;
  }();
  static_cast<void>(begun);
}

// "https://host/path", without user, query and fragment: they may hold secrets.
std::string shown_address(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t host = scheme + 3;
  const std::size_t path = url.find('/', host);
  const std::size_t at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(at + 1));
}

// "https://host", or the socket: what a kept connection can be used for.
std::string peer_of(const HttpRequest& request) {
  if (!request.unix_socket.empty()) return request.unix_socket;
  return request.url.substr(0, request.url.find('/', request.url.find("://") + 3));
}

// A handle of libcurl, with the connections that it keeps. One request at a time.
class Handle {
 public:
  Handle() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (multi_ == nullptr || easy_ == nullptr) std::abort();  // no memory
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_kept);
  }
  ~Handle() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // `stops` may become true meanwhile; then wake() is called.
  Result<HttpResponse, HttpError> run(const HttpRequest& request, const std::atomic<bool>& stops) {
    request_ = &request;
    response_ = {};
    header_size_ = 0;
    head_complete_ = too_large_ = ended_ = late_ = false;
    body_error_.reset();
    curl_easy_reset(easy_);
    curl_slist* const headers = set_options();
    const CURLcode code = perform(stops);
    curl_multi_remove_handle(multi_, easy_);
    auto result = result_of(code, stops);
    curl_slist_free_all(headers);
    return result;
  }

  void wake() { curl_multi_wakeup(multi_); }  // from any thread

  std::string peer;  // whom it spoke with last

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_, option, value);
  }

  curl_slist* set_options() {
    const HttpRequest& request = *request_;
    curl_slist* headers = nullptr;
    for (const auto& [name, value] : request.headers)
      headers = curl_slist_append(headers, fmt::format("{}: {}", name, value).c_str());
    // What libcurl adds by itself: no waiting for a 100 Continue that few servers send; no type that nobody gave.
    headers = curl_slist_append(headers, "Expect:");
    if (std::none_of(request.headers.begin(), request.headers.end(),
                     [](const auto& each) { return same_words(each.first, "content-type"); }))
      headers = curl_slist_append(headers, "Content-Type:");
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set_body();
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    // libcurl sends a request once more where a kept connection ends without an answer; the peer may
    // have done what it says all the same. What changes something goes over a new connection, on
    // which that is never done.
    if (request.method != "GET") set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_WRITEFUNCTION, &Handle::take_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Handle::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_USERAGENT, "riskd");
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    const auto timeout = static_cast<long>(request.timeout.count());
    set(CURLOPT_CONNECTTIMEOUT_MS, std::min(connect_timeout_ms, timeout));
    if (!request.receive) set(CURLOPT_TIMEOUT_MS, timeout);
    if (!request.proxy.empty()) set(CURLOPT_PROXY, request.proxy.c_str());
    if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
    if (!request.unix_socket.empty()) {
      set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
      set(CURLOPT_PROXY, "");
    }
    return headers;
  }

  void set_body() {
    const HttpRequest& request = *request_;
    if (request.stream != nullptr) {
      const auto size = request.stream->size_bytes();
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_READFUNCTION, &Handle::give_body);
      set(CURLOPT_READDATA, this);
      set(CURLOPT_INFILESIZE_LARGE, size ? static_cast<curl_off_t>(*size) : curl_off_t{-1});
    } else if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
  }

  CURLcode perform(const std::atomic<bool>& stops) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point head_until = Clock::now() + request_->timeout;
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return CURLE_FAILED_INIT;
    int running = 1;
    while (running > 0) {
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (stops) return CURLE_ABORTED_BY_CALLBACK;
      late_ = request_->receive && !head_complete_ && Clock::now() >= head_until;
      if (late_) return CURLE_OPERATION_TIMEDOUT;
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, longest_poll_ms, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_, &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result
                                                              : CURLE_FAILED_INIT;
  }

  Result<HttpResponse, HttpError> result_of(CURLcode code, const std::atomic<bool>& stops) {
    if (body_error_) return error(HttpFault::body, body_error_->message);
    if (too_large_) return error(HttpFault::too_large, "the answer is too large");
    if (code == CURLE_ABORTED_BY_CALLBACK && stops)
      return error(HttpFault::stopped, "riskd is stopping");
    if (code != CURLE_OK && !ended_) return error(fault_of(code), curl_easy_strerror(code));
    if (!head_complete_) return error(HttpFault::cut_off, "the answer broke off");
    response_.status = status();
    return std::move(response_);
  }

  static Unexpected<HttpError> error(HttpFault fault, std::string detail) {
    return Unexpected(HttpError{fault, std::move(detail)});
  }

  HttpFault fault_of(CURLcode code) const {
    switch (code) {
      case CURLE_COULDNT_CONNECT: {
        long number = 0;
        curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
        return number == EACCES || number == EPERM ? HttpFault::forbidden : HttpFault::refused;
      }
      case CURLE_OPERATION_TIMEDOUT:
        return HttpFault::late;
      case CURLE_GOT_NOTHING:
        return HttpFault::silent;
      case CURLE_PARTIAL_FILE:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
        return HttpFault::cut_off;
      case CURLE_OUT_OF_MEMORY:  // so libcurl calls a header that is longer than it takes
        return HttpFault::too_large;
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_BAD_CONTENT_ENCODING:
        return HttpFault::foreign;
      default:
        return HttpFault::other;
    }
  }

  int status() const {
    long number = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &number);
    return static_cast<int>(number);
  }

  // What libcurl calls while it performs.

  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
    Handle& handle = *static_cast<Handle*>(user);
    const int status = handle.status();
    if (handle.request_->receive && status >= 200 && status < 300) {
      handle.ended_ = !handle.request_->receive({data, size});
      return handle.ended_ ? 0 : size;
    }
    std::string& body = handle.response_.body;
    handle.too_large_ = size > handle.request_->answer_bytes - body.size();
    if (handle.too_large_) return 0;
    body.append(data, size);
    return size;
  }

  static std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
    Handle& handle = *static_cast<Handle*>(user);
    handle.header_size_ += size;
    handle.too_large_ = handle.header_size_ > head_bytes;
    if (handle.too_large_) return 0;
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {  // after a 100 Continue there is another
      handle.response_.headers.clear();
      handle.head_complete_ = false;
      return size;
    }
    if (trimmed(line).empty()) handle.head_complete_ = handle.status() >= 200;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    handle.response_.headers[in_lower_case(line.substr(0, colon))] =
        trimmed(line.substr(colon + 1));
    return size;
  }

  static std::size_t give_body(char* place, std::size_t, std::size_t size, void* user) {
    Handle& handle = *static_cast<Handle*>(user);
    auto read = handle.request_->stream->read(place, size);
    if (read) return *read;
    handle.body_error_ = std::move(read.error());
    return CURL_READFUNC_ABORT;
  }

  CURLM* multi_;
  CURL* easy_;
  const HttpRequest* request_ = nullptr;
  HttpResponse response_;
  std::size_t header_size_ = 0;
  bool head_complete_ = false;  // of the final answer
  bool too_large_ = false, ended_ = false, late_ = false;
  std::optional<Error> body_error_;
};

}  // namespace

// Handles that are idle, and those under way.
class HttpClient::Pool {
 public:
  // Null where the client was stopped.
  Handle* take(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    if (stops) return nullptr;
    auto found = std::find_if(idle_.begin(), idle_.end(),
                              [&](const auto& each) { return each->peer == peer; });
    if (found == idle_.end() && !idle_.empty()) found = idle_.begin();
    std::unique_ptr<Handle> handle;
    if (found == idle_.end()) {
      handle = std::make_unique<Handle>();
    } else {
      handle = std::move(*found);
      idle_.erase(found);
    }
    handle->peer = peer;
    busy_.push_back(std::move(handle));
    return busy_.back().get();
  }

  void give_back(Handle* handle) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(busy_.begin(), busy_.end(),
                                    [&](const auto& each) { return each.get() == handle; });
    idle_.push_back(std::move(*found));
    busy_.erase(found);
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stops = true;
    for (const auto& each : busy_) each->wake();
  }

  std::atomic<bool> stops = false;

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_, busy_;  // guarded by mutex_
};

HttpClient::HttpClient() : pool_(std::make_unique<Pool>()) { begin_curl(); }
HttpClient::~HttpClient() { stop(); }

Result<HttpResponse, HttpError> HttpClient::ask(const HttpRequest& request) {
  Handle* const handle = pool_->take(peer_of(request));
  if (handle == nullptr) return Unexpected(HttpError{HttpFault::stopped, "riskd is stopping"});
  auto result = handle->run(request, pool_->stops);
  pool_->give_back(handle);
  return result;
}

Result<HttpResponse> HttpClient::send(HttpRequest request) {
  auto answer = ask(request);
  if (answer) return std::move(*answer);
  const std::string where = shown_address(request.url);
  const HttpError& error = answer.error();
  if (error.fault == HttpFault::stopped) return fail(ErrorCode::unavailable, error.detail, where);
  if (error.fault == HttpFault::too_large) {
    return fail(ErrorCode::too_large,
                fmt::format("the answer is larger than {} MiB", request.answer_bytes >> 20), where);
  }
  return fail(ErrorCode::unavailable, fmt::format("no answer: {}", error.detail), where);
}

void HttpClient::stop() { pool_->stop(); }

}  // namespace riskd::connectors

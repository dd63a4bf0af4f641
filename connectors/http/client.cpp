#include "connectors/http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include "engine/limits.hpp"

namespace riskd::connectors {
namespace asio = boost::asio;

namespace {

constexpr long connect_timeout_ms = 10'000;
constexpr long connections_kept = 32;
constexpr std::size_t header_bytes = 256u << 10;

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

// One request under way. Used on the loop's thread alone, but for the promise.
struct Transfer {
  explicit Transfer(HttpRequest wanted) : request(std::move(wanted)) {}
  ~Transfer() {
    curl_slist_free_all(header_list);
    if (easy != nullptr) curl_easy_cleanup(easy);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  HttpRequest request;
  HttpResponse response;
  std::promise<Result<HttpResponse>> done;
  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  std::size_t header_size = 0;
  bool too_large = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size > limits::http_answer_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_size += size;
  if (transfer.header_size > header_bytes) {
    transfer.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  if (line.substr(0, 5) == "HTTP/") {  // after a 100 Continue there is another
    transfer.response.headers.clear();
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  transfer.response.headers[name] = trimmed(line.substr(colon + 1));
  return size;
}

}  // namespace

class HttpClient::Loop {
 public:
  Loop() : work_(asio::make_work_guard(context_)), timer_(context_) {
    begin_curl();
    multi_ = curl_multi_init();
    if (multi_ == nullptr) std::abort();  // no memory
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_kept);
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Loop() {
    stop();
    curl_multi_cleanup(multi_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<HttpResponse> send(HttpRequest request) {
    auto transfer = std::make_shared<Transfer>(std::move(request));
    std::future<Result<HttpResponse>> answer = transfer->done.get_future();
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return stopping(*transfer);
      asio::post(context_, [this, transfer] { begin(transfer); });
    }
    return answer.get();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      stopped_ = true;
      asio::post(context_, [this] {
        while (!transfers_.empty()) {
          const auto transfer = *transfers_.begin();
          end(transfer, stopping(*transfer));
        }
        timer_.cancel();
        sockets_.clear();
        work_.reset();
      });
    }
    thread_.join();
  }

 private:
  // A socket that libcurl wants to be told about.
  struct Watched : std::enable_shared_from_this<Watched> {
    Watched(asio::io_context& context, curl_socket_t number) : socket(context, number) {}
    // The socket is libcurl's: it closes it.
    ~Watched() { socket.release(); }
    asio::posix::stream_descriptor socket;
    int wanted = CURL_POLL_NONE;
    bool reading = false, writing = false, gone = false;
  };

  static Unexpected<Error> stopping(const Transfer& transfer) {
    return fail(ErrorCode::unavailable, "riskd is stopping", shown_address(transfer.request.url));
  }

  void begin(const std::shared_ptr<Transfer>& transfer) {
    CURL* easy = transfer->easy = curl_easy_init();
    if (easy == nullptr) std::abort();  // no memory
    const HttpRequest& request = transfer->request;
    for (const auto& [name, value] : request.headers) {
      transfer->header_list =
          curl_slist_append(transfer->header_list, fmt::format("{}: {}", name, value).c_str());
    }
    // No waiting for a 100 Continue that few servers send.
    transfer->header_list = curl_slist_append(transfer->header_list, "Expect:");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    } else if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    }
    // libcurl sends a request once more where a kept connection ends without an answer; the peer may
    // have done what it says all the same. What changes something goes over a new connection, on
    // which that is never done.
    if (request.method != "GET") curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->header_list);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "riskd");
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     std::min<long>(connect_timeout_ms, request.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (!request.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
    if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
    transfers_.insert(transfer);
    const CURLMcode added = curl_multi_add_handle(multi_, easy);
    if (added != CURLM_OK) {
      end(transfer,
          fail(ErrorCode::unavailable, curl_multi_strerror(added), shown_address(request.url)));
    }
  }

  void end(const std::shared_ptr<Transfer>& transfer, Result<HttpResponse> result) {
    curl_multi_remove_handle(multi_, transfer->easy);
    transfers_.erase(transfer);
    transfer->done.set_value(std::move(result));
  }

  // Answers what libcurl has finished.
  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      const auto found = std::find_if(transfers_.begin(), transfers_.end(), [&](const auto& each) {
        return static_cast<void*>(each.get()) == static_cast<void*>(owner);
      });
      if (found == transfers_.end()) continue;
      const std::shared_ptr<Transfer> transfer = std::move(transfers_.extract(found).value());
      const std::string where = shown_address(transfer->request.url);
      if (transfer->too_large) {
        end(transfer,
            fail(ErrorCode::too_large,
                 fmt::format("the answer is larger than {} MiB", limits::http_answer_bytes >> 20),
                 where));
      } else if (code != CURLE_OK) {
        end(transfer, fail(ErrorCode::unavailable,
                           fmt::format("no answer: {}", curl_easy_strerror(code)), where));
      } else {
        long status = 0;
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        transfer->response.status = static_cast<int>(status);
        end(transfer, std::move(transfer->response));
      }
    }
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    collect();
  }

  static int on_timer(CURLM*, long timeout_ms, void* user) {
    auto& loop = *static_cast<Loop*>(user);
    if (timeout_ms < 0) {
      loop.timer_.cancel();
      return 0;
    }
    loop.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    loop.timer_.async_wait([&loop](const boost::system::error_code& error) {
      if (!error) loop.act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  static int on_socket(CURL*, curl_socket_t number, int what, void* user, void*) {
    auto& loop = *static_cast<Loop*>(user);
    auto& watched = loop.sockets_[number];
    if (what == CURL_POLL_REMOVE) {
      if (watched != nullptr) {
        watched->gone = true;
        watched->socket.cancel();
        watched->socket.release();
      }
      loop.sockets_.erase(number);
      return 0;
    }
    if (watched == nullptr) watched = std::make_shared<Watched>(loop.context_, number);
    watched->wanted = what;
    loop.watch(number, watched);
    return 0;
  }

  void watch(curl_socket_t number, const std::shared_ptr<Watched>& watched) {
    const auto wait = [&](bool Watched::*waiting, int flag,
                          asio::posix::stream_descriptor::wait_type type, int event) {
      if ((watched->wanted & flag) == 0 || (*watched).*waiting) return;
      (*watched).*waiting = true;
      watched->socket.async_wait(
          type, [this, number, watched, waiting, event](const boost::system::error_code& error) {
            (*watched).*waiting = false;
            if (watched->gone || error == asio::error::operation_aborted) return;
            act(number, error ? CURL_CSELECT_ERR : event);
            if (!watched->gone) watch(number, watched);
          });
    };
    wait(&Watched::reading, CURL_POLL_IN, asio::posix::stream_descriptor::wait_read,
         CURL_CSELECT_IN);
    wait(&Watched::writing, CURL_POLL_OUT, asio::posix::stream_descriptor::wait_write,
         CURL_CSELECT_OUT);
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer timer_;
  CURLM* multi_ = nullptr;
  std::set<std::shared_ptr<Transfer>> transfers_;
  std::map<curl_socket_t, std::shared_ptr<Watched>> sockets_;
  std::mutex mutex_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

HttpClient::HttpClient() : loop_(std::make_unique<Loop>()) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(HttpRequest request) {
  return loop_->send(std::move(request));
}

void HttpClient::stop() { loop_->stop(); }

}  // namespace riskd::connectors

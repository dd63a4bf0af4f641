// Large postings are evaluated here, by a thread beside the writer: what is posted to other products does not
// wait for them. What is posted to the same product waits until the large one is stored, so that the order stays.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

class Preparer {
 public:
  Preparer(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}
  ~Preparer() { stop(); }

  void start();
  void stop();  // what waits is left to the writer, which must still run

  // Every posting comes this way; those that are not large go on to the writer at once. Answered with Refusal::overloaded where
  // too many wait here.
  void post(PostingWork work);
  std::size_t queued() const;

 private:
  struct Large {
    std::shared_ptr<const PostingWork> work;
    int attempts = 0;
  };
  void run();
  std::shared_ptr<Prepared> prepare(const Large& large, std::shared_ptr<void> borrowed = {});
  void prepare_report(Large given);
  void begin(PostingWork work);          // with mutex_
  void end(const std::string& product);  // what has waited for it goes on
  void prepare_again(Large large);

  Shared& shared_;
  Writer& writer_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Large> queue_;  // guarded by mutex_, as all below
  // Of the products that have a large posting here or at the writer, what waits for that.
  std::map<std::string, std::deque<PostingWork>> behind_;
  std::size_t waiting_ = 0;  // in all of these
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace riskd::service

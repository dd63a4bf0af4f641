#include <dirent.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include "daemon/api/metric_families.hpp"

namespace riskd::api {
namespace {

// The fields of /proc/self/stat behind the name of the program, which may have blanks: field 3 of proc(5) is [0].
std::vector<double> process_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string state;
  fields >> state;
  std::vector<double> numbers{0};
  std::copy(std::istream_iterator<double>(fields), {}, std::back_inserter(numbers));
  return numbers;
}

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Seconds since 1970; always the same, however the clock is set. The unit of systemd hides /proc/stat, which has the
// machine's own start.
double start_time(double seconds_after_boot) {
  static const double time =
      seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + seconds_after_boot;
  return time;
}

std::size_t open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return 0;
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(folder.get())) count += entry->d_name[0] != '.' ? 1 : 0;
  return count > 0 ? count - 1 : 0;  // without that of the folder
}

}  // namespace

void add_process_metrics(Families& families) {
  const std::vector<double> fields = process_fields();
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (fields.size() > 21) {  // proc(5): field N is fields[N - 3]
    families.counter("process_cpu_seconds_total", "CPU time of riskd, in user and kernel mode.",
                     (fields[11] + fields[12]) / ticks);
    families.gauge("process_threads", "Threads of riskd.", fields[17]);
    families.gauge("process_virtual_memory_bytes", "Address space of riskd.", fields[20]);
    families.gauge("process_resident_memory_bytes",
                   "Memory that riskd has, with the pages of the store that are in memory.",
                   fields[21] * page);
    families.gauge("process_start_time_seconds", "When riskd started, in seconds since 1970.",
                   start_time(fields[19] / ticks));
  }
  families.gauge("process_open_fds", "Open file descriptors.",
                 static_cast<double>(open_descriptors()));
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0)
    families.gauge("process_max_fds", "File descriptors that riskd may have open.",
                   static_cast<double>(most.rlim_cur));
}

void add_disk_metrics(Families& families, const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return;
  const auto block = static_cast<double>(disk.f_frsize);
  families.gauge("riskd_store_disk_free_bytes",
                 "What is free for riskd on the file system of the store.",
                 static_cast<double>(disk.f_bavail) * block);
  families.gauge("riskd_store_disk_bytes", "Size of the file system of the store.",
                 static_cast<double>(disk.f_blocks) * block);
}

}  // namespace riskd::api

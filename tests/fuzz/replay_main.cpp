// Drives a fuzz target without a fuzzer: the empty input, then each file that is named, and each file
// in a folder that is named, once. Exit 0 where all of them returned, 1 where one could not be read;
// where the target aborts, the last line on standard output names the input.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& name, const std::string& bytes) {
  std::printf("%s (%zu bytes)\n", name.c_str(), bytes.size());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  run("the empty input", {});
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : files_of(argv[i])) {
      std::ifstream input(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(input), {}};
      if (!input) {
        std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
        return 1;
      }
      run(file.string(), bytes);
    }
  }
  return 0;
}

#include "connectors/reports/zip_archive.hpp"

#include <zip.h>

#include <streambuf>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/stream.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t unpacked_bytes = 64u << 10;

// Whether a directory of more than limits::archive_files may be in there. Each entry begins with these bytes;
// libzip keeps every one in memory, some five times as large as it is in the archive.
bool has_too_many_files(std::string_view bytes) {
  constexpr std::string_view entry = "PK\x01\x02";
  std::size_t files = 0;
  for (std::size_t at = bytes.find(entry); at != std::string_view::npos;
       at = bytes.find(entry, at + entry.size())) {
    if (++files > limits::archive_files) return true;
  }
  return false;
}

// One file of an archive while it is unpacked.
class Unpacked : public std::streambuf {
 public:
  explicit Unpacked(zip_file_t* file) : file_(file, zip_fclose), piece_(unpacked_bytes) {}

  // Whether it could not be unpacked to its end, or had another checksum there.
  bool damaged() const { return damaged_; }

 protected:
  int_type underflow() override {
    if (damaged_) return traits_type::eof();
    const zip_int64_t size = zip_fread(file_.get(), piece_.data(), piece_.size());
    damaged_ = size < 0;
    if (size <= 0) return traits_type::eof();
    setg(piece_.data(), piece_.data(), piece_.data() + size);
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file_;
  std::vector<char> piece_;
  bool damaged_ = false;
};

// Tools take the first of two files with one name, or the last: a report that reads differently
// elsewhere is none.
bool holds_twice(zip_t* archive, const std::string& file) {
  int found = 0;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && file == name) ++found;
  }
  return found > 1;
}

}  // namespace

struct ZipArchive::Content {
  std::string name;
  std::string bytes;
  std::unique_ptr<zip_t, decltype(&zip_discard)> archive{nullptr, zip_discard};
};

ZipArchive::ZipArchive(std::unique_ptr<Content> content) : content_(std::move(content)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(std::istream& input, const std::string& name) {
  auto content = std::make_unique<Content>();
  content->name = name;
  ReportInput pieces(input, name);
  while (true) {
    const auto piece = pieces.next();
    if (!piece) return failure(piece);
    if (piece->empty()) break;
    content->bytes += *piece;
  }
  if (has_too_many_files(content->bytes)) {
    return fail(ErrorCode::too_large,
                "the archive has more than " + std::to_string(limits::archive_files) + " files",
                name);
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(content->bytes.data(), content->bytes.size(), 0, &error);
  if (source != nullptr) {
    content->archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (content->archive == nullptr) zip_source_free(source);
  }
  zip_error_fini(&error);
  if (content->archive == nullptr) {
    return fail(ErrorCode::invalid, "the archive is cut off or damaged", name);
  }
  return ZipArchive(std::move(content));
}

bool ZipArchive::has(const std::string& file) const {
  return zip_name_locate(content_->archive.get(), file.c_str(), 0) >= 0;
}

std::vector<std::string> ZipArchive::files() const {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(content_->archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* raw = zip_get_name(content_->archive.get(), static_cast<zip_uint64_t>(i), 0);
    const std::string_view name = raw == nullptr ? "" : raw;
    const std::size_t slash = name.rfind('/');
    const std::string_view file = slash == std::string_view::npos ? name : name.substr(slash + 1);
    if (!file.empty() && file != ".DS_Store" && !name.starts_with("__MACOSX/"))
      names.emplace_back(name);
  }
  return names;
}

Status ZipArchive::read(const std::string& file,
                        const std::function<Status(std::istream&)>& read) const {
  const zip_int64_t index = zip_name_locate(content_->archive.get(), file.c_str(), 0);
  if (index < 0) {
    return fail(ErrorCode::not_found, "the archive holds no `" + file + "`", content_->name);
  }
  if (holds_twice(content_->archive.get(), file)) {
    return fail(ErrorCode::invalid, "the archive holds more than one `" + file + "`",
                content_->name);
  }
  zip_stat_t stat;
  zip_stat_init(&stat);
  zip_stat_index(content_->archive.get(), static_cast<zip_uint64_t>(index), 0, &stat);
  if ((stat.valid & ZIP_STAT_SIZE) != 0 && stat.size > limits::report_bytes) {
    return fail(ErrorCode::too_large,
                "`" + file + "` in the archive has more than " +
                    std::to_string(limits::report_bytes >> 20) + " MiB",
                content_->name);
  }
  const std::string damage = "`" + file + "` in the archive is damaged or encrypted";
  zip_file_t* opened =
      zip_fopen_index(content_->archive.get(), static_cast<zip_uint64_t>(index), 0);
  if (opened == nullptr) return fail(ErrorCode::invalid, damage, content_->name);
  Unpacked unpacked(opened);
  std::istream stream(&unpacked);
  Status status = read(stream);
  if (unpacked.damaged()) return fail(ErrorCode::invalid, damage, content_->name);
  return status;
}

}  // namespace riskd::connectors

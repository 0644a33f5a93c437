// SPDX-License-Identifier: MIT
#include "gunzip.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include <zlib.h>

#include <multipruner/core/error.hpp>

namespace multipruner::cli {

namespace {

/// One member after the other, as far as they go.
class Inflater {
 public:
  Inflater(std::string_view compressed, const std::string& where, const GunzipLimits& limits)
      : rest_(compressed), where_(where), limits_(limits), size_(static_cast<Index>(compressed.size())) {
    constexpr int gzip_alone = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, gzip_alone) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  [[nodiscard]] std::string run() {
    do {
      inflate_member();
      ::inflateReset(&stream_);
    } while (is_gzip(rest_));
    // tar and tapes pad with zeros.
    if (rest_.find_first_not_of('\0') == std::string_view::npos) return std::move(text_);
    fail("something else follows the compressed data at byte " + position(), "Restore the file from its source");
  }

 private:
  void inflate_member() {
    std::vector<char> buffer(std::size_t{1} << 18U);
    for (int result = Z_OK; result != Z_STREAM_END;) {
      const std::size_t given = std::min<std::size_t>(rest_.size(), std::numeric_limits<uInt>::max());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      result = ::inflate(&stream_, Z_NO_FLUSH);
      rest_.remove_prefix(given - stream_.avail_in);
      text_.append(buffer.data(), buffer.size() - stream_.avail_out);
      check_size();
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      const bool stuck = result == Z_BUF_ERROR || (result == Z_OK && rest_.empty() && stream_.avail_out > 0);
      if (stuck) fail("the compressed data ends too soon: it is cut short", "Copy or download it again");
      if (result == Z_OK || result == Z_STREAM_END) continue;
      const std::string why = stream_.msg != nullptr ? std::string(" (") + stream_.msg + ")" : "";
      fail("the compressed data is damaged at byte " + position() + why, "Copy or download it again");
    }
  }

  void check_size() const {
    const auto bytes = static_cast<Index>(text_.size());
    const Index read = size_ - static_cast<Index>(rest_.size());
    const std::string remedy = "Unpack a part of it, e.g. with zcat FILE | head -c 100M, if it is what you expect";
    if (bytes > limits_.bytes) {
      fail("it holds more than " + std::to_string(limits_.bytes >> 20U) + " MiB when unpacked", remedy);
    }
    if (bytes > limits_.small_bytes && bytes / limits_.ratio > read) {
      fail("it becomes more than " + std::to_string(limits_.ratio) + " times as large when unpacked, as text does not",
           remedy);
    }
  }

  [[nodiscard]] std::string position() const { return std::to_string(size_ - static_cast<Index>(rest_.size())); }

  [[noreturn]] void fail(std::string problem, std::string remedy) const {
    throw FileError(where_, std::move(problem), std::move(remedy));
  }

  std::string_view rest_;
  const std::string& where_;
  const GunzipLimits& limits_;
  Index size_;
  z_stream stream_{};
  std::string text_;
};

}  // namespace

bool is_gzip(std::string_view content) {
  return content.starts_with("\x1f\x8b");
}

std::string gunzip(std::string_view compressed, const std::string& where, const GunzipLimits& limits) {
  return Inflater(compressed, where, limits).run();
}

}  // namespace multipruner::cli

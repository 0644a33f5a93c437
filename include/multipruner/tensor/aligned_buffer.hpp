// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sanitizers.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Owner of `size` elements of uninitialised memory that starts at a multiple of 64 bytes: the scratch space
/// of kernels.
///
/// Movable, not copyable. Elements must be written before they are read. Throws std::bad_alloc like any
/// allocation.
template <class T>
requires(std::is_trivially_copyable_v<T>&& std::is_trivially_destructible_v<T>) class AlignedBuffer {
 public:
  static constexpr std::size_t alignment = 64;

  AlignedBuffer() = default;
  explicit AlignedBuffer(Index size) : memory_(allocate(bytes(size))), first_(align(memory_.get())), size_(size) {}

  AlignedBuffer(AlignedBuffer&& other) noexcept
      : memory_(std::move(other.memory_)),
        first_(std::exchange(other.first_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    first_ = std::exchange(other.first_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  [[nodiscard]] T* data() const { return first_; }
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] T& operator[](Index i) const { return first_[i]; }
  [[nodiscard]] std::span<T> span() const { return {data(), static_cast<std::size_t>(size_)}; }

 private:
  /// Blocks are aligned here, because glibc before 2.38 does not give an aligned block the place of one of the same
  /// size that was freed: a search, which keeps thousands of residual streams, took twice the memory. The
  /// address sanitizer gets exact blocks, to see what is read behind their ends.
#if MULTIPRUNER_ADDRESS_SANITIZER
  static constexpr std::size_t slack = 0;
  static constexpr std::align_val_t granted{alignment};
#else
  static constexpr std::size_t slack = alignment - 1;
  static constexpr std::align_val_t granted{__STDCPP_DEFAULT_NEW_ALIGNMENT__};
#endif

  struct Release {
    void operator()(std::byte* memory) const { ::operator delete(memory, granted); }
  };

  static std::size_t bytes(Index size) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2 / sizeof(T);
    if (static_cast<std::size_t>(size) > most) throw std::bad_array_new_length();
    return static_cast<std::size_t>(size) * sizeof(T);
  }

  static std::byte* allocate(std::size_t bytes) {
    return static_cast<std::byte*>(::operator new(bytes + slack, granted));
  }

  static T* align(void* memory) {
    std::size_t space = alignment;
    return static_cast<T*>(std::align(alignment, 1, memory, space));
  }

  std::unique_ptr<std::byte[], Release> memory_;
  T* first_ = nullptr;
  Index size_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <multipruner/core/types.hpp>

namespace multipruner {

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
  explicit AlignedBuffer(Index size)
      : memory_(static_cast<T*>(::operator new (bytes(size), std::align_val_t{alignment}))), size_(size) {}

  AlignedBuffer(AlignedBuffer&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] T& operator[](Index i) const { return memory_.get()[i]; }
  [[nodiscard]] std::span<T> span() const { return {data(), static_cast<std::size_t>(size_)}; }

 private:
  struct Release {
    void operator()(T* memory) const { ::operator delete (memory, std::align_val_t{alignment}); }
  };

  static constexpr std::size_t bytes(Index size) { return static_cast<std::size_t>(size) * sizeof(T); }

  std::unique_ptr<T[], Release> memory_;
  Index size_ = 0;
};

}  // namespace multipruner

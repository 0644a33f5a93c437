// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/numpy_random.hpp>
#include <multipruner/graph/architecture.hpp>
#include <multipruner/graph/weights.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/json_file.hpp>

namespace multipruner::test {

/// A small random model in memory, to be written as a checkpoint: whole, or with something wrong with it.
class RandomCheckpoint {
 public:
  struct Tensor {
    std::string name;
    std::vector<Index> shape;
    std::vector<float> values;
  };

  /// @param config a config.json for A; sizes should be small.
  template <Architecture A>
  static RandomCheckpoint make(const nlohmann::json& config) {
    RandomCheckpoint checkpoint;
    checkpoint.config = config;
    NumpyRandom random(1);
    for_each_tensor_shape(
        A::configure(JsonReader(config, "config.json")), [&](const TensorPlace& place, TensorShape shape) {
          std::vector<float> values;
          for (Index i = 0; i < shape.rows * shape.columns; ++i) {
            values.push_back(static_cast<float>(random.uniform() - 0.5));
          }
          checkpoint.add({A::tensor_name(place.role, place.layer), place.extents(shape), std::move(values)});
        });
    return checkpoint;
  }

  /// Adds a tensor behind those of its name: then it is a piece of one.
  void add(Tensor tensor) {
    for (Tensor& known : tensors) {
      if (known.name != tensor.name) continue;
      known.shape.front() += tensor.shape.front();
      known.values.insert(known.values.end(), tensor.values.begin(), tensor.values.end());
      return;
    }
    tensors.push_back(std::move(tensor));
  }

  /// The tensor of that name. @throws std::out_of_range
  Tensor& at(const std::string& name) {
    for (Tensor& tensor : tensors) {
      if (tensor.name == name) return tensor;
    }
    throw std::out_of_range(name);
  }

  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    write_json_file(folder / "config.json", config);
    std::vector<StoredTensor> stored;
    for (const Tensor& tensor : tensors) {
      const Index rows = tensor.shape.size() == 1 ? 1 : tensor.shape.front();
      stored.push_back({tensor.name, tensor.shape, WeightView(tensor.values.data(), rows, tensor.shape.back())});
    }
    write_checkpoint(folder, stored);
  }

  nlohmann::json config;
  std::vector<Tensor> tensors;
};

}  // namespace multipruner::test

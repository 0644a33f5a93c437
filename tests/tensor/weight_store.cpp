// SPDX-License-Identifier: MIT
#include <array>

#include <catch2/catch.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/tensor/weight_store.hpp>

using namespace multipruner;

TEST_CASE("a store's copies are the same in memory and in scratch files, also after they were released") {
  std::vector<float> values(3 * 5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const WeightView source = WeightView(values.data(), 3, 5000).column_range(1, 4999);
  const test::TemporaryDirectory directory;
  WeightStore in_memory, in_files(directory.path());
  const std::array<Index, 3> order{2, 0, 1};
  for (WeightStore* store : {&in_memory, &in_files}) {
    const WeightView copy = store->copy(source), rows = store->gather_rows(source, order),
                     columns = store->gather_columns(source, order), transposed = store->transposed(source);
    for (const WeightView& weight : {source, copy, rows, columns, transposed}) store->release(weight);
    copy.visit([&](const auto matrix) { CHECK(to_float(matrix.row(2)[4998]) == 14999.0f); });
    rows.visit([&](const auto matrix) { CHECK(to_float(matrix.row(0)[0]) == 10001.0f); });
    columns.visit([&](const auto matrix) { CHECK(to_float(matrix.row(1)[0]) == 5003.0f); });
    CHECK(transposed.rows == 4999);
    CHECK(transposed.columns == 3);
    transposed.visit([&](const auto matrix) {
      for (Index row = 0; row < 4999; ++row) {
        for (Index column = 0; column < 3; ++column) {
          if (to_float(matrix.row(row)[column]) != static_cast<float>(column * 5000 + row + 1)) FAIL(row);
        }
      }
    });
  }
}

TEST_CASE("a view knows the memory between its first and its last element") {
  const std::array<float, 12> values{};
  const WeightView whole(values.data(), 3, 4), part = whole.row_range(1, 2).column_range(1, 2);
  CHECK(whole.memory().size() == 48);
  CHECK(part.memory().data() == reinterpret_cast<const std::byte*>(values.data() + 5));
  CHECK(part.memory().size() == 24);
  CHECK(lies_in(part.memory(), whole.memory()));
  CHECK_FALSE(lies_in(whole.memory(), part.memory()));
  CHECK_FALSE(lies_in({}, whole.memory()));
}

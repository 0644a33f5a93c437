# SPDX-License-Identifier: MIT
# Headers that bring another library to all that include them. They are for the users of that library: no other header includes
# them (check_layers.cmake), and the umbrella leaves them out (check_umbrella.cmake).
set(eigen_headers tensor/eigen.hpp tensor/times_symmetric.hpp
  sparsity/detail/batched_cholesky.hpp sparsity/detail/masked_rows.hpp sparsity/detail/removal_system.hpp)
set(json_headers io/json_file.hpp)
set(xtensor_headers tensor/xtensor.hpp)

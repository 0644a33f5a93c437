// error: load<A...>: every A must be an Architecture
#include <multipruner/arch/load.hpp>

struct NotAnArchitecture {
  static constexpr std::string_view model_type = "no tensor names";
};

const auto graph = multipruner::load<multipruner::Llama, NotAnArchitecture>("model");

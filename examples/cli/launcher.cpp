// SPDX-License-Identifier: MIT
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <span>
#include <string>

#include <unistd.h>

#include "exit_code.hpp"
#include "isa.hpp"
#include "isa_build.hpp"
#include <multipruner/core/error.hpp>

// `multipruner` where the program is built for several instruction-set levels: becomes the program of the best one. It
// and those programs are separate, because a linker may take an inline function that several sources define from any of
// them, also from one compiled for instructions that this processor lacks.

using namespace multipruner;
using namespace multipruner::cli;

namespace {

/// Beside this program, as after building, or where the installation puts it.
std::filesystem::path program_of(Isa isa) {
  const std::string name = "multipruner-" + std::string(name_of(isa));
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (error) {
    throw FileError("/proc/self/exe", "does not tell where multipruner is: " + error.message(),
                    "Mount /proc, or start " + name + " itself");
  }
  const auto beside = folder / name;
  return std::filesystem::exists(beside, error) ? beside : (folder / MULTIPRUNER_LIBEXEC / name).lexically_normal();
}

[[noreturn]] void become(const std::filesystem::path& program, char** argv) {
  ::execv(program.c_str(), argv);
  throw FileError(program.string(), std::string("cannot be started: ") + std::strerror(errno),
                  "Install multipruner again, or choose another level with --isa");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::string_view request =
        isa_request(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (request == "help") request = {};
    become(program_of(choose_isa(built_isas(), supported_isas(read_cpu_registers()), request)), argv);
  } catch (const std::exception& error) {
    return static_cast<int>(report_error(error));
  }
}

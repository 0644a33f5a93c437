#include "run_inputs.hpp"

#include <string>

#include <multipruner/calibration/fingerprint.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/graph/fingerprint.hpp>
#include <multipruner/importance/reorder.hpp>

namespace multipruner::cli {

Calibration read_calibration(const PruneOptions& options, const Model& model, CalibrationOptions& calibration) {
  fit_to_model(calibration, options.windows, model);
  Calibration result = multipruner::read_calibration(options.calibration, *model.tokenizer, calibration);
  if (options.calibration_width) {
    CalibrationOptions width = calibration;
    width.samples_block = width.samples_width;
    result.width = multipruner::read_calibration(*options.calibration_width, *model.tokenizer, width).width;
  }
  return result;
}

UnitOrderOptions order_options(const PruneOptions& options, std::uint64_t seed) {
  UnitOrderOptions order;
  order.name = options.order();
  order.seed = seed;
  order.compute = options.compute;
  order.statistics = options.statistics;
  return order;
}

Graph ordered(const Graph& graph, const UnitOrder& order, const PruneOptions& options) {
  if (order.empty()) return graph;
  return reorder(graph, order, options.memory ? std::filesystem::path(options.out) : "");
}

JournalIdentity journal_identity(const Graph& graph, const UnitOrder& order, const Calibration& calibration,
                                 const PruneOptions& options) {
  const MappedFile config(graph.origin().directory / "config.json");
  return {{"program version", std::string(version)},
          {"config.json", Fingerprint().add(config.text()).text()},
          {"weights", fingerprint_of_weights(graph).text()},
          {"calibration text for blocks", fingerprint_of(calibration.block).text()},
          {"calibration text for widths", fingerprint_of(calibration.width).text()},
          {"order of windows", options.confidence ? "drawn at random" : "as they are"},
          {"compute type", std::string(name_of(options.compute))},
          // Last, because it depends on most of the above, which then is the better explanation.
          {"order of channels and heads", identity_of(options.order(), order)}};
}

}  // namespace multipruner::cli

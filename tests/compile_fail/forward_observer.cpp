// error: the observer must be an Observer
#include <multipruner/forward/forward.hpp>

using namespace multipruner;

void run(const ModelView& view, std::span<const TokenId> tokens, Workspace& workspace) {
  (void)forward(view, tokens, {1, 4}, workspace, [](BlockId) {});
}

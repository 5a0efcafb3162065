#include "snapshot/model/trace_set.h"

#include <stdexcept>

namespace heapreel {

void TraceSet::for_each_group_history(KeyType /*key*/, function_ref<void(const GroupHistory&)> /*visit*/) const {
  throw std::invalid_argument("a selection of blocks does not account for those that are gone");
}

std::map<uint32_t, engine::CrossThreadFrees> TraceSet::cross_thread_frees() const {
  throw std::invalid_argument("a selection of blocks does not account for those that are gone");
}

}  // namespace heapreel

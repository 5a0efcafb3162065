#include "snapshot/model/vector_trace_set.h"

#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "snapshot/model/hash.h"

namespace heapreel {

class VectorTraceSet::Source : public TracebackSource {
 public:
  const Traceback& traceback(uint32_t index) const override { return tracebacks[index]; }
  std::string tag_name(uint32_t tag) const override { return tags[tag]; }

  std::vector<Traceback> tracebacks;
  std::vector<std::string> tags = {""};
};

// Gives numbers to what it has seen. Tracebacks that differ only in total_nframe are two here, so that traces() returns
// what was put in; statistics treat them as one.
class VectorTraceSet::Interner {
 public:
  explicit Interner(VectorTraceSet& set) : set_(set) { tags_.emplace("", 0); }

  uint32_t site_of(const Trace& trace) {
    const SiteKey key{trace.domain, tag_of(trace.tag), traceback_of(trace.traceback)};
    const auto [entry, is_new] = sites_.try_emplace(key, static_cast<uint32_t>(set_.sites_.size()));
    if (is_new) {
      const auto [domain, tag, traceback] = key;
      set_.sites_.push_back({entry->second, domain, tag, traceback, 0, 0});
    }
    return entry->second;
  }

 private:
  using SiteKey = std::tuple<uint32_t, uint32_t, uint32_t>;  // domain, tag, traceback

  struct HashSite {
    size_t operator()(const SiteKey& key) const {
      return combine_hash(combine_hash(std::get<0>(key), std::get<1>(key)), std::get<2>(key));
    }
  };
  struct HashWithTotal {
    size_t operator()(const Traceback& traceback) const {
      return combine_hash(traceback.hash(), traceback.total_nframe().value_or(0));
    }
  };
  struct EqualWithTotal {
    bool operator()(const Traceback& a, const Traceback& b) const {
      return a.total_nframe() == b.total_nframe() && a == b;
    }
  };

  uint32_t traceback_of(const Traceback& traceback) {
    auto& known = set_.source_->tracebacks;
    const auto [entry, is_new] = tracebacks_.try_emplace(traceback, static_cast<uint32_t>(known.size()));
    if (is_new) known.push_back(traceback);
    return entry->second;
  }

  uint32_t tag_of(const std::string& tag) {
    auto& known = set_.source_->tags;
    const auto [entry, is_new] = tags_.try_emplace(tag, static_cast<uint32_t>(known.size()));
    if (is_new) known.push_back(tag);
    return entry->second;
  }

  VectorTraceSet& set_;
  std::unordered_map<Traceback, uint32_t, HashWithTotal, EqualWithTotal> tracebacks_;
  std::unordered_map<std::string, uint32_t> tags_;
  std::unordered_map<SiteKey, uint32_t, HashSite> sites_;
};

VectorTraceSet::VectorTraceSet(const std::vector<Trace>& traces) : source_(std::make_shared<Source>()) {
  Interner interner(*this);
  blocks_.reserve(traces.size());
  for (const Trace& trace : traces) {
    const uint32_t site = interner.site_of(trace);
    ++sites_[site].live_blocks;
    sites_[site].live_bytes += trace.size;
    blocks_.push_back({trace.address, trace.size, site, trace.born_game_frame, trace.thread});
  }
}

VectorTraceSet::~VectorTraceSet() = default;

std::shared_ptr<const TracebackSource> VectorTraceSet::source() const {
  return source_;
}

void VectorTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  for (const SiteRow& site : sites_) visit(site);
}

void VectorTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  for (const BlockRow& block : blocks_) visit(block);
}

}  // namespace heapreel

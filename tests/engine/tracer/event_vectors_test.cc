// tracemalloc's rules as CPython itself answered them (tests/vectors). Frames become made-up program counters; what
// belongs to the public face (return values of the allocator, texts of exceptions, argument checks) is tested there.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

using nlohmann::json;

class EventVectorsTest : public TracerTest {
 protected:
  void run_case(const json& vector) {
    SCOPED_TRACE(vector["id"].get<std::string>());
    // The limit outlives stop() and the tracer.
    start_with(vector["limit_before"]);
    stop();
    for (const json& event : vector["events"]) {
      SCOPED_TRACE(event.dump());
      apply(event);
      check(event);
      if (HasFailure()) break;
    }
    shut_down_for_test();
  }

 private:
  void start_with(int limit) {
    TracerOptions options;
    options.traceback_limit = limit;
    start_tracer(options);
  }

  void apply(const json& event) {
    const std::string op = event["op"];
    const uintptr_t p = event.value("ptr", uintptr_t{0});
    const size_t size = event.value("size", size_t{0});
    if (op == "start") {
      start_with(event["nframe"]);
    } else if (op == "stop") {
      stop();
    } else if (op == "clear_traces") {
      clear_traces();
    } else if (op == "reset_peak") {
      reset_peak();
    } else if (op == "alloc") {
      if (p != 0) alloc(p, size, pcs_of(event));
    } else if (op == "free") {
      free(p);
    } else if (op == "realloc") {
      realloc(p, event["result"], size, pcs_of(event));
    } else if (op == "track") {
      EXPECT_EQ(event["rc"], is_tracing() ? 0 : -2);
      alloc(p, size, pcs_of(event), domain_of(event["domain"]));
    } else if (op == "untrack") {
      EXPECT_EQ(event["rc"], is_tracing() ? 0 : -2);
      free(p, domain_of(event["domain"]));
    } else {
      EXPECT_EQ(op, "snapshot");
    }
  }

  void realloc(uintptr_t from, uintptr_t to, size_t size, const std::vector<uintptr_t>& pcs) {
    const ReallocTicket ticket = record_realloc_begin(0, address(from));
    if (to == 0) {
      record_realloc_end(0, ticket, address(from), nullptr, size, WalkStart{});
      return;
    }
    // It succeeded: put back what begin took, for the stack can only be given to record_move.
    record_realloc_end(0, ticket, address(from), nullptr, size, WalkStart{});
    if (from == 0) {
      alloc(to, size, pcs);
    } else {
      move(from, to, size, pcs);
    }
  }

  void check(const json& event) {
    EXPECT_EQ(is_tracing(), event["tracing"].get<bool>());
    EXPECT_EQ(traceback_limit(), event["limit"].get<int>());
    const Totals totals = traced_memory();
    EXPECT_EQ(totals.live_bytes, event["current"].get<uint64_t>());
    EXPECT_EQ(totals.peak_bytes, event["peak"].get<uint64_t>());
    EXPECT_EQ(totals.peak_ceiling, totals.peak_bytes);
    if (event.contains("live")) check_live(event);
    for (const json& probe : event.value("probe", json::array())) {
      EXPECT_EQ(frames_at(domain_of(probe[0]), probe[1]), probe[2]);
    }
  }

  void check_live(const json& event) {
    const SnapshotHandle snapshot = take_snapshot();
    ASSERT_EQ(static_cast<bool>(snapshot), event["tracing"].get<bool>());
    if (!snapshot) return;
    EXPECT_EQ(snapshot.get()->traceback_limit, event["rc"]["traceback_limit"].get<uint32_t>());
    std::vector<json> live;
    snapshot.get()->for_each_block([&](BlockId, const Record& record) {
      const SiteKey& site = snapshot.get()->sites->at(record.site);
      const StoredTraceback& stack = *snapshot.get()->tracebacks->at(site.traceback);
      live.push_back({{"domain", domain_numbers_[site.domain]},
                      {"size", record.size},
                      {"frames", frames_of(stored_pcs(*snapshot.get()->tracebacks, site.traceback))},
                      {"total_nframe", stack.depth == 0 ? 1 : stack.total_depth}});
    });
    std::sort(live.begin(), live.end(), [](const json& a, const json& b) { return sort_key(a) < sort_key(b); });
    EXPECT_EQ(json(live), event["live"]);
  }
  static json sort_key(const json& trace) {
    return {trace["domain"], trace["size"], trace["frames"], trace["total_nframe"]};
  }

  json frames_at(DomainIndex domain, uintptr_t p) {
    const SnapshotHandle snapshot = take_snapshot();
    json found;
    if (!snapshot) return found;
    snapshot.get()->for_each_block([&](BlockId, const Record& record) {
      const SiteKey& site = snapshot.get()->sites->at(record.site);
      if (record.address == p && site.domain == domain)
        found = frames_of(stored_pcs(*snapshot.get()->tracebacks, site.traceback));
    });
    return found;
  }

  DomainIndex domain_of(uint32_t number) {
    if (number == 0) return 0;
    const DomainIndex domain = register_domain(std::to_string(number).c_str(), 1);
    domain_numbers_[domain] = number;
    return domain;
  }
  // Most recent first, as the engine has them; the vectors have the oldest first.
  std::vector<uintptr_t> pcs_of(const json& event) {
    std::vector<uintptr_t> pcs;
    for (auto frame = event["frames"].rbegin(); frame != event["frames"].rend(); ++frame) {
      const auto [known, fresh] = pc_of_frame_.try_emplace(frame->dump(), frames_.size() + 1);
      if (fresh) frames_.push_back(*frame);
      pcs.push_back(known->second);
    }
    return pcs;
  }
  json frames_of(const std::vector<uintptr_t>& pcs) const {
    if (pcs.empty()) return json::array({json::array({"<unknown>", 0})});
    json frames = json::array();
    for (size_t i = pcs.size(); i-- != 0;) frames.push_back(frames_[pcs[i] - 1]);
    return frames;
  }

  std::map<std::string, uintptr_t> pc_of_frame_;
  std::vector<json> frames_;
  std::map<DomainIndex, uint32_t> domain_numbers_ = {{0, 0}};
};

TEST_F(EventVectorsTest, EveryScenarioLeavesTheStateThatTracemallocLeaves) {
  std::ifstream file(HEAPREEL_TEST_VECTORS "/tracemalloc_event_vectors.json");
  const json vectors = json::parse(file);
  ASSERT_EQ(vectors["format"], "tracemalloc-event-vectors/1");
  ASSERT_GE(vectors["cases"].size(), 23u);
  for (const json& vector : vectors["cases"]) run_case(vector);
}

}  // namespace
}  // namespace heapreel::engine::testing

// pprof's profile.proto, gzipped: https://github.com/google/pprof/blob/main/proto/profile.proto
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "snapshot/export/build_id_text.h"
#include "snapshot/export/gzip_output.h"
#include "snapshot/export/protobuf_message.h"
#include "snapshot/export/stack_figures.h"
#include "snapshot/model/group_label.h"
#include "snapshot/text/valid_utf8.h"

namespace heapreel {
namespace {

// Numbers of fields, as profile.proto has them.
namespace profile {
constexpr uint32_t kSampleType = 1, kSample = 2, kMapping = 3, kLocation = 4, kFunction = 5, kText = 6, kTimeNs = 9,
                   kDurationNs = 10, kPeriodType = 11, kPeriod = 12, kComment = 13, kDefaultSampleType = 14;
}  // namespace profile
namespace value_type {
constexpr uint32_t kType = 1, kUnit = 2;
}  // namespace value_type
namespace sample {
constexpr uint32_t kLocationId = 1, kValue = 2, kLabel = 3;
}  // namespace sample
namespace label {
constexpr uint32_t kKey = 1, kText = 2;
}  // namespace label
namespace mapping {
constexpr uint32_t kId = 1, kStart = 2, kLimit = 3, kFileName = 5, kBuildId = 6, kHasFunctions = 7, kHasFileNames = 8,
                   kHasLines = 9, kHasInlined = 10;
}  // namespace mapping
namespace location {
constexpr uint32_t kId = 1, kMappingId = 2, kAddress = 3, kLine = 4;
}  // namespace location
namespace line {
constexpr uint32_t kFunctionId = 1, kNumber = 2;
}  // namespace line
namespace function {
constexpr uint32_t kId = 1, kName = 2, kSystemName = 3, kFileName = 4;
}  // namespace function

// Go's heap profiles have these, in this order, and pprof's own flags (-inuse_space) know them by name.
struct SampleType {
  const char* type;
  const char* unit;
  ExportValue value;
};
constexpr SampleType kSampleTypes[] = {{"alloc_objects", "count", ExportValue::kAllocs},
                                       {"alloc_space", "bytes", ExportValue::kAllocBytes},
                                       {"inuse_objects", "count", ExportValue::kLiveBlocks},
                                       {"inuse_space", "bytes", ExportValue::kLiveBytes}};
constexpr size_t kFirstLive = 2;
using Values = std::array<uint64_t, std::size(kSampleTypes)>;

// Writes each thing at its first use, so that only the numbers of things are kept.
class PprofWriter {
 public:
  PprofWriter(const ExportSource& source, ExportOutput& output) : source_(source), gzip_(output) { text(""); }

  void write() {
    write_head();
    write_samples();
    gzip_.finish();
  }

 private:
  using Labels = std::vector<std::pair<const char*, std::string>>;

  void put(uint32_t field, const ProtobufMessage& message) {
    gzip_.write(ProtobufMessage().message(field, message).bytes());
  }
  void put(uint32_t field, uint64_t number) { gzip_.write(ProtobufMessage().number(field, number).bytes()); }

  uint64_t text(const std::string& text) {
    const auto [found, is_new] = texts_.try_emplace(text, texts_.size());
    if (is_new) gzip_.write(ProtobufMessage().text(profile::kText, valid_utf8(text)).bytes());
    return found->second;
  }

  ProtobufMessage type_of(const char* type, const char* unit) {
    ProtobufMessage message;
    message.number(value_type::kType, text(type)).number(value_type::kUnit, text(unit));
    return message;
  }

  void write_head() {
    for (const SampleType& type : kSampleTypes) put(profile::kSampleType, type_of(type.type, type.unit));
    put(profile::kPeriodType, type_of("space", "bytes"));
    put(profile::kPeriod, 1);
    put(profile::kDefaultSampleType, text("inuse_space"));
    const ReelHeader& header = source_.info().header;
    const uint64_t duration = source_.since_start(source_.still().sums().time_ns);
    put(profile::kTimeNs, header.started_wall_ns + duration);
    put(profile::kDurationNs, duration);
    put(profile::kComment, text(header.writer + ": " + source_.request().file + ", " + source_.moment_text()));
  }

  // The thread is known of live blocks. For blocks that are gone, a reel does not know it by site.
  void write_samples() {
    const ReelTraceSet& still = source_.still();
    std::map<std::pair<uint32_t, uint32_t>, std::pair<uint64_t, uint64_t>> live;  // by site and thread
    still.for_each_block([&](const BlockRow& block) {
      auto& [blocks, bytes] = live[{block.site, block.thread}];
      ++blocks;
      bytes += block.size;
    });
    auto of_site = live.begin();
    for (uint32_t site = 0; site < still.site_count(); ++site) {
      const auto figures = stack_figures(still.aggregate(site));
      if (figures[static_cast<size_t>(ExportValue::kAllocs)] == 0) continue;
      const std::vector<uint64_t> stack = locations(site);
      Labels labels = {{"domain", source_.domain_of(site)}};
      if (std::string tag = source_.tag_of(site); !tag.empty()) labels.emplace_back("tag", std::move(tag));
      Values values{};
      for (size_t i = 0; i < kFirstLive; ++i) values[i] = figures[static_cast<size_t>(kSampleTypes[i].value)];
      write_sample(stack, values, labels);
      for (; of_site != live.end() && of_site->first.first == site; ++of_site) {
        Labels with_thread = labels;
        with_thread.emplace_back("thread", source_.source().thread_name(of_site->first.second));
        write_sample(stack, {0, 0, of_site->second.first, of_site->second.second}, with_thread);
      }
    }
  }

  void write_sample(const std::vector<uint64_t>& stack, const Values& values, const Labels& labels) {
    ProtobufMessage message;
    for (const uint64_t location : stack) message.number(sample::kLocationId, location);
    for (const uint64_t value : values) message.number(sample::kValue, value);
    for (const auto& [key, value] : labels) {
      ProtobufMessage part;
      part.number(label::kKey, text(key)).number(label::kText, text(value));
      message.message(sample::kLabel, part);
    }
    put(profile::kSample, message);
  }

  // Most recent first. The inlined calls of one address are one location with several lines.
  std::vector<uint64_t> locations(uint32_t site) {
    const Traceback& traceback = source_.traceback_of(site);
    const uint32_t index = source_.tables().site(site).traceback;
    const bool is_named = !source_.tables().named_tracebacks().empty();
    const uint32_t known = is_named ? 0 : source_.tables().stack(index).known_modules;
    std::vector<uint64_t> stack;
    for (auto first = traceback.rbegin(); first != traceback.rend();) {
      auto last = first + 1;
      while (last != traceback.rend() && first->address() != 0 && last->address() == first->address()) ++last;
      stack.push_back(location(first, last, known));
      first = last;
    }
    return stack;
  }

  using Frames = Traceback::const_reverse_iterator;

  uint64_t location(Frames first, Frames last, uint32_t known_modules) {
    std::vector<std::pair<uint64_t, uint32_t>> lines;
    for (auto frame = first; frame != last; ++frame) lines.emplace_back(function(*frame), frame->lineno());
    const uint64_t module = first->address() == 0 ? 0 : mapping(first->address(), known_modules);
    const auto [found, is_new] = locations_.try_emplace({first->address(), module, lines}, locations_.size() + 1);
    if (!is_new) return found->second;
    ProtobufMessage message;
    message.number(location::kId, found->second);
    if (module != 0) message.number(location::kMappingId, module);
    message.number(location::kAddress, first->address());
    for (const auto& [function, number] : lines) {
      ProtobufMessage part;
      part.number(line::kFunctionId, function).number(line::kNumber, number);
      message.message(location::kLine, part);
    }
    put(profile::kLocation, message);
    return found->second;
  }

  uint64_t function(const Frame& frame) {
    const uint64_t name = text(function_label(frame));
    const uint64_t file = text(frame.filename());
    const auto [found, is_new] = functions_.try_emplace({name, file}, functions_.size() + 1);
    if (is_new) {
      ProtobufMessage message;
      message.number(function::kId, found->second).number(function::kName, name).number(function::kSystemName, name);
      message.number(function::kFileName, file);
      put(profile::kFunction, message);
    }
    return found->second;
  }

  // 0: code of no file.
  uint64_t mapping(uint64_t address, uint32_t known_modules) {
    const RecordedModules& modules = source_.tables().modules();
    const uint32_t position = modules.find(address, known_modules);
    if (position == RecordedModules::kNone) return 0;
    const auto [found, is_new] = mappings_.try_emplace(position, mappings_.size() + 1);
    if (is_new) {
      const ModuleImage& image = modules.at(position).image;
      ProtobufMessage message;
      message.number(mapping::kId, found->second).number(mapping::kStart, image.start);
      message.number(mapping::kLimit, image.end).number(mapping::kFileName, text(image.path));
      message.number(mapping::kBuildId, text(build_id_text(image.build_id)));
      // The names are included, so that pprof need not look for the file.
      message.number(mapping::kHasFunctions, 1).number(mapping::kHasFileNames, 1);
      message.number(mapping::kHasLines, 1).number(mapping::kHasInlined, 1);
      put(profile::kMapping, message);
    }
    return found->second;
  }

  using LocationKey = std::tuple<uint64_t, uint64_t, std::vector<std::pair<uint64_t, uint32_t>>>;

  const ExportSource& source_;
  GzipOutput gzip_;
  std::unordered_map<std::string, uint64_t> texts_;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> functions_;  // by name and file
  std::map<uint32_t, uint64_t> mappings_;                        // by position of the module
  std::map<LocationKey, uint64_t> locations_;
};

}  // namespace

void write_pprof(const ExportSource& source, ExportOutput& output) {
  PprofWriter(source, output).write();
}

}  // namespace heapreel

#include "engine/unwind/cfi_entry.h"

#include "engine/unwind/dwarf_register.h"

namespace heapreel::engine {
namespace {

constexpr uint32_t kExtendedLength = 0xffffffff;

// The augmentation string says which fields the CIE's augmentation data holds, in order.
bool read_augmentation(CfiReader letters, CfiReader data, CfiEntry& entry) {
  for (;;) {
    switch (letters.fixed<uint8_t>()) {
      case '\0':
        return letters.ok() && data.ok();
      case 'R':
        entry.pointer_encoding = data.fixed<uint8_t>();
        break;
      case 'S':
        entry.signal_frame = true;
        break;
      case 'B':  // aarch64: return addresses are signed with the other key, which does not matter here
      case 'G':  // aarch64: the function's stack is memory-tagged
        if (!dwarf_register::kSignsReturnAddresses) return false;
        break;
      case 'L':
        data.fixed<uint8_t>();
        break;
      case 'P':
        data.form(data.fixed<uint8_t>() & pointer_encoding::kFormMask);
        break;
      default:
        return false;  // an unknown letter may change what the program means
    }
  }
}

bool read_common(const uint8_t* at, CfiBytes section, CfiEntry& entry, bool& has_augmentation_data) {
  CfiBytes record;
  if (!section.contains(at) || !read_cfi_record(at, section, record)) return false;
  CfiReader reader(record);
  if (reader.fixed<uint32_t>() != 0) return false;  // not a CIE
  const auto version = reader.fixed<uint8_t>();
  if (version != 1 && version != 3) return false;
  const CfiReader letters(reader.at(), record.end);
  while (reader.fixed<uint8_t>() != 0) {
  }
  entry.code_alignment = reader.uleb();
  entry.data_alignment = reader.sleb();
  entry.return_address_register = version == 1 ? reader.fixed<uint8_t>() : reader.uleb();
  if (!reader.ok()) return false;

  has_augmentation_data = *letters.at() == 'z';
  if (has_augmentation_data) {
    const uint64_t size = reader.uleb();
    const uint8_t* const data = reader.skip(size);
    if (!reader.ok() || !read_augmentation({letters.at() + 1, record.end}, {data, reader.at()}, entry)) {
      return false;
    }
  } else if (*letters.at() != '\0') {
    return false;
  }
  entry.common_program = {reader.at(), record.end};
  return true;
}

}  // namespace

bool read_cfi_record(const uint8_t* at, CfiBytes section, CfiBytes& record) noexcept {
  CfiReader reader(at, section.end);
  uint64_t length = reader.fixed<uint32_t>();
  if (length == kExtendedLength) length = reader.fixed<uint64_t>();
  const uint8_t* const body = reader.skip(length);
  if (length == 0 || !reader.ok()) return false;
  record = {body, reader.at()};
  return true;
}

bool read_cfi_entry(const uint8_t* at, CfiBytes section, CfiEntry& entry) noexcept {
  CfiBytes record;
  if (!section.contains(at) || !read_cfi_record(at, section, record)) return false;
  CfiReader reader(record);
  const uint8_t* const field = reader.at();
  const auto back = reader.fixed<uint32_t>();  // distance from this field back to the CIE
  if (!reader.ok() || back == 0 || back > static_cast<size_t>(field - section.begin)) return false;

  entry = {};
  bool has_augmentation_data = false;
  if (!read_common(field - back, section, entry, has_augmentation_data)) return false;
  entry.begin = reader.encoded(entry.pointer_encoding, nullptr);
  entry.end = entry.begin + reader.form(entry.pointer_encoding & pointer_encoding::kFormMask);
  if (has_augmentation_data) reader.skip(reader.uleb());
  entry.program = {reader.at(), record.end};
  return reader.ok() && entry.begin <= entry.end;
}

}  // namespace heapreel::engine

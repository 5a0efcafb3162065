#include <cstdint>
#include <limits>

#include "snapshot/symbols/demangle_rust.h"

namespace heapreel {
namespace {

// Back references let a short hostile name describe an endless one.
constexpr size_t kMaxLength = 1 << 16;
constexpr unsigned kMaxDepth = 200;

const char* basic_type(char code) {
  switch (code) {
    case 'a':
      return "i8";
    case 'b':
      return "bool";
    case 'c':
      return "char";
    case 'd':
      return "f64";
    case 'e':
      return "str";
    case 'f':
      return "f32";
    case 'h':
      return "u8";
    case 'i':
      return "isize";
    case 'j':
      return "usize";
    case 'l':
      return "i32";
    case 'm':
      return "u32";
    case 'n':
      return "i128";
    case 'o':
      return "u128";
    case 'p':
      return "_";
    case 's':
      return "i16";
    case 't':
      return "u16";
    case 'u':
      return "()";
    case 'v':
      return "...";
    case 'x':
      return "i64";
    case 'y':
      return "u64";
    case 'z':
      return "!";
    default:
      return nullptr;
  }
}

// Recursive descent along RFC 2603's grammar; each method reads the production of its name. The first
// violation makes failed_ true, after which nothing is read or written any more.
class V0Demangler {
 public:
  explicit V0Demangler(std::string_view symbol) : input_(symbol) {}

  std::optional<std::string> run() {
    path(InType::kNo);
    // An instantiating crate may follow; the linker's suffixes (".llvm.123") were cut off before.
    if (!failed_ && at_ < input_.size()) skip([this] { path(InType::kNo); });
    if (failed_ || at_ != input_.size() || output_.empty()) return std::nullopt;
    return output_;
  }

 private:
  enum class InType { kNo, kYes };  // outside of types, generic arguments need a "::" in front

  struct Nested {
    explicit Nested(V0Demangler& owner) : owner(owner) {
      if (++owner.depth_ > kMaxDepth) owner.failed_ = true;
    }
    ~Nested() { owner.depth_--; }
    V0Demangler& owner;
  };

  struct Identifier {
    std::string_view name;
    bool punycode = false;
    uint64_t disambiguator = 0;
  };

  char peek() const { return at_ < input_.size() ? input_[at_] : '\0'; }
  char next() {
    if (failed_ || at_ >= input_.size()) {
      failed_ = true;
      return '\0';
    }
    return input_[at_++];
  }
  bool accept(char c) {
    if (failed_ || peek() != c) return false;
    at_++;
    return true;
  }
  void print(std::string_view text) {
    if (failed_ || silent_) return;
    if (output_.size() + text.size() > kMaxLength) {
      failed_ = true;
      return;
    }
    output_ += text;
  }
  template <class Read>
  void skip(Read read) {
    const bool was_silent = silent_;
    silent_ = true;
    read();
    silent_ = was_silent;
  }

  // "_" is 0, "0_" is 1, ...
  uint64_t base62() {
    if (accept('_')) return 0;
    uint64_t value = 0;
    for (char c = next(); !failed_ && c != '_'; c = next()) {
      uint64_t digit = 0;
      if (c >= '0' && c <= '9') {
        digit = c - '0';
      } else if (c >= 'a' && c <= 'z') {
        digit = c - 'a' + 10;
      } else if (c >= 'A' && c <= 'Z') {
        digit = c - 'A' + 36;
      } else {
        failed_ = true;
      }
      // Two below the end: "_" and "s" each add one to what the digits say.
      if (value > (std::numeric_limits<uint64_t>::max() - 2 - digit) / 62) failed_ = true;
      value = value * 62 + digit;
    }
    return value + 1;
  }
  uint64_t optional_base62(char marker) { return accept(marker) ? base62() + 1 : 0; }

  Identifier undisambiguated_identifier() {
    Identifier identifier;
    identifier.punycode = accept('u');
    size_t length = 0;
    if (peek() < '0' || peek() > '9') failed_ = true;
    if (!accept('0')) {
      while (!failed_ && peek() >= '0' && peek() <= '9') {
        length = length * 10 + static_cast<size_t>(next() - '0');
        if (length > input_.size()) failed_ = true;
      }
    }
    accept('_');
    if (failed_ || length > input_.size() - at_) {
      failed_ = true;
      return {};
    }
    identifier.name = input_.substr(at_, length);
    at_ += length;
    return identifier;
  }
  Identifier identifier() {
    const uint64_t disambiguator = optional_base62('s');
    Identifier result = undisambiguated_identifier();
    result.disambiguator = disambiguator;
    return result;
  }
  void print_identifier(const Identifier& identifier) {
    if (identifier.punycode) print("punycode{");
    print(identifier.name);
    if (identifier.punycode) print("}");
  }

  template <class Read>
  void back_reference(Read read) {
    const size_t start = at_ - 1;
    const uint64_t target = base62();
    if (failed_ || target >= start) {
      failed_ = true;
      return;
    }
    if (silent_) return;  // what is referred to need not be read again when nothing is printed
    const size_t resume = at_;
    at_ = target;
    read();
    at_ = resume;
  }

  // With `open` true, it leaves the closing ">" of generic arguments to the caller, and returns whether one is missing.
  bool path(InType in_type, bool open = false) {
    const Nested nested(*this);
    switch (next()) {
      case 'C':
        print_identifier(identifier());
        break;
      case 'N':
        nested_path(in_type);
        break;
      case 'M':
        impl_path();
        print("<");
        type();
        print(">");
        break;
      case 'X':
        impl_path();
        [[fallthrough]];
      case 'Y':
        print("<");
        type();
        print(" as ");
        path(InType::kYes);
        print(">");
        break;
      case 'I':
        path(in_type);
        print(in_type == InType::kNo ? "::<" : "<");
        list(", ", [this] { generic_arg(); });
        if (open) return true;
        print(">");
        break;
      case 'B': {
        bool owed = false;
        back_reference([&] { owed = path(in_type, open); });
        return owed;
      }
      default:
        failed_ = true;
    }
    return false;
  }

  void nested_path(InType in_type) {
    const char name_space = next();
    path(in_type);
    const Identifier name = identifier();
    if (name_space >= 'A' && name_space <= 'Z') {
      print(name_space == 'C' ? "::{closure" : name_space == 'S' ? "::{shim" : std::string("::{") + name_space);
      if (!name.name.empty()) {
        print(":");
        print_identifier(name);
      }
      print("#");
      print(std::to_string(name.disambiguator));
      print("}");
    } else if (!name.name.empty()) {
      print("::");
      print_identifier(name);
    }
  }

  void impl_path() {
    skip([this] {
      optional_base62('s');
      path(InType::kNo);
    });
  }

  // Elements up to 'E'; returns how many.
  template <class Read>
  size_t list(std::string_view separator, Read read) {
    size_t count = 0;
    while (!failed_ && !accept('E')) {
      if (count++ > 0) print(separator);
      read();
    }
    return count;
  }

  void generic_arg() {
    if (accept('L')) {
      lifetime(base62());
    } else if (accept('K')) {
      constant();
    } else {
      type();
    }
  }

  // Counted outwards from the innermost binder; 0 is erased.
  void lifetime(uint64_t index) {
    if (index == 0) return print("'_");
    if (index > bound_lifetimes_) {
      failed_ = true;
      return;
    }
    const uint64_t number = bound_lifetimes_ - index;
    print("'");
    if (number >= 26) print("z");
    print(number < 26 ? std::string(1, static_cast<char>('a' + number)) : std::to_string(number - 25));
  }

  template <class Read>
  void with_binder(Read read) {
    const uint64_t outer = bound_lifetimes_;
    const uint64_t count = optional_base62('G');
    if (count > input_.size()) failed_ = true;  // more than the name could refer to
    if (count > 0 && !failed_) {
      print("for<");
      for (uint64_t i = 0; i < count; i++) {
        if (i > 0) print(", ");
        bound_lifetimes_++;
        lifetime(1);
      }
      print("> ");
    }
    read();
    bound_lifetimes_ = outer;
  }

  void type() {
    const Nested nested(*this);
    if (failed_) return;
    if (const char* basic = basic_type(peek())) {
      at_++;
      return print(basic);
    }
    switch (const char code = next()) {
      case 'A':
      case 'S':
        print("[");
        type();
        if (code == 'A') {
          print("; ");
          constant();
        }
        return print("]");
      case 'T': {
        print("(");
        const size_t count = list(", ", [this] { type(); });
        return print(count == 1 ? ",)" : ")");
      }
      case 'R':
      case 'Q':
        print("&");
        if (accept('L')) {
          if (const uint64_t index = base62(); index != 0) {
            lifetime(index);
            print(" ");
          }
        }
        if (code == 'Q') print("mut ");
        return type();
      case 'P':
        print("*const ");
        return type();
      case 'O':
        print("*mut ");
        return type();
      case 'F':
        return with_binder([this] { function_signature(); });
      case 'D':
        print("dyn ");
        with_binder([this] { list(" + ", [this] { dyn_trait(); }); });
        if (!accept('L')) {
          failed_ = true;
        } else if (const uint64_t index = base62(); index != 0) {
          print(" + ");
          lifetime(index);
        }
        return;
      case 'B':
        return back_reference([this] { type(); });
      default:
        at_--;
        path(InType::kYes);
    }
  }

  void function_signature() {
    if (accept('U')) print("unsafe ");
    if (accept('K')) {
      print("extern \"");
      if (accept('C')) {
        print("C");
      } else {
        std::string abi(undisambiguated_identifier().name);
        for (char& c : abi) c = c == '_' ? '-' : c;
        print(abi);
      }
      print("\" ");
    }
    print("fn(");
    list(", ", [this] { type(); });
    print(")");
    if (accept('u')) return;  // "-> ()" goes without saying
    print(" -> ");
    type();
  }

  void dyn_trait() {
    bool open = path(InType::kYes, true);
    while (!failed_ && accept('p')) {
      print(open ? ", " : "<");
      open = true;
      print_identifier(undisambiguated_identifier());
      print(" = ");
      type();
    }
    if (open) print(">");
  }

  void constant() {
    const Nested nested(*this);
    if (accept('B')) return back_reference([this] { constant(); });
    if (accept('p')) return print("_");
    const char type_code = next();
    constexpr std::string_view kSigned = "asxlni", kUnsigned = "htmyoj";
    const bool is_signed = kSigned.find(type_code) != std::string_view::npos;
    if (!is_signed && kUnsigned.find(type_code) == std::string_view::npos && type_code != 'b' && type_code != 'c') {
      failed_ = true;
      return;
    }
    if (is_signed && accept('n')) print("-");
    const size_t start = at_;
    uint64_t value = 0;
    for (char c = next(); !failed_ && c != '_'; c = next()) {
      const bool digit = c >= '0' && c <= '9';
      if (!digit && (c < 'a' || c > 'f')) failed_ = true;
      value = value << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    if (failed_) return;
    const std::string_view digits = input_.substr(start, at_ - 1 - start);
    if (type_code == 'b') {
      failed_ = value > 1;
      print(value == 1 ? "true" : "false");
    } else if (type_code == 'c') {
      character(value);
    } else {
      print(digits.size() > 16 ? "0x" + std::string(digits) : std::to_string(value));
    }
  }

  void character(uint64_t value) {
    if (value == '\'' || value == '\\') return print(std::string("'\\") + static_cast<char>(value) + "'");
    if (value >= 0x20 && value < 0x7f) return print(std::string("'") + static_cast<char>(value) + "'");
    std::string hex;
    for (uint64_t rest = value; rest != 0 || hex.empty(); rest >>= 4)
      hex.insert(hex.begin(), "0123456789abcdef"[rest & 15]);
    print("'\\u{");
    print(hex);
    print("}'");
  }

  std::string_view input_;
  size_t at_ = 0;
  std::string output_;
  bool failed_ = false;
  bool silent_ = false;
  unsigned depth_ = 0;
  uint64_t bound_lifetimes_ = 0;
};

}  // namespace

std::optional<std::string> demangle_rust_v0(std::string_view name) {
  if (!name.starts_with("_R")) return std::nullopt;
  name.remove_prefix(2);
  name = name.substr(0, name.find_first_of(".$"));
  if (name.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") !=
      std::string_view::npos) {
    return std::nullopt;
  }
  return V0Demangler(name).run();
}

}  // namespace heapreel

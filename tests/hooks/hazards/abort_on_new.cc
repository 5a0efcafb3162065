// Asks for more than there is, in each way C++ has, and prints what happens.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>

namespace {

volatile size_t too_much = PTRDIFF_MAX - 4096;
int handler_calls = 0;

void give_up_at_third_call() {
  if (++handler_calls == 3) std::set_new_handler(nullptr);
}

template <class Attempt>
void try_to(const char* what, Attempt attempt) {
  try {
    std::printf("%s: %s\n", what, attempt() == nullptr ? "null" : "memory");
  } catch (const std::bad_alloc& e) {
    std::printf("%s: %s\n", what, e.what());
  }
}

void try_all() {
  constexpr std::align_val_t k64{64};
  try_to("new", [] { return operator new(too_much); });
  try_to("new[]", [] { return operator new[](too_much); });
  try_to("new nothrow", [] { return operator new(too_much, std::nothrow); });
  try_to("new[] nothrow", [] { return operator new[](too_much, std::nothrow); });
  try_to("new aligned", [] { return operator new(too_much, k64); });
  try_to("new[] aligned", [] { return operator new[](too_much, k64); });
  try_to("new aligned nothrow", [] { return operator new(too_much, k64, std::nothrow); });
  try_to("new[] aligned nothrow", [] { return operator new[](too_much, k64, std::nothrow); });
}

}  // namespace

int main() {
  try_all();
  std::set_new_handler(give_up_at_third_call);
  try_to("new with a handler", [] { return operator new(too_much); });
  std::printf("handler calls: %d\n", handler_calls);
  std::set_new_handler([] { throw std::bad_alloc(); });
  try_all();
}

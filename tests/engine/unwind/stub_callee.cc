// What stub_caller.cc calls.
extern "C" __attribute__((visibility("default"))) int stub_callee(int value) {
  return value + 1;
}

extern "C" __attribute__((visibility("default"))) int stub_callee_of_known_address(int value) {
  return value + 2;
}

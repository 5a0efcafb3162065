// Calls two functions of another module through the linker's stubs: linked once by each linker, and in each way in which it
// writes them.
extern "C" {

int stub_callee(int value);
// Where its address is taken as well, linkers write another kind of stub.
int stub_callee_of_known_address(int value);

__attribute__((visibility("default"))) int (*g_known_address)(int) = nullptr;

__attribute__((visibility("default"))) int call_through_stubs(int value) {
  g_known_address = stub_callee_of_known_address;
  return stub_callee(value) + stub_callee_of_known_address(value);
}

}  // extern "C"

// A module with SZ bytes of initial-exec TLS. The loader keeps about 1,700 spare for such modules; the
// preloaded library must leave them alone.
__thread char buffer[SZ] __attribute__((tls_model("initial-exec")));

int touch(int i) {
  buffer[i % SZ] = 1;
  return buffer[(i + 1) % SZ];
}

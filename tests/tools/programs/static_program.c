/* A program without a loader: no library can be preloaded into it. */
int main(void) {
  return 0;
}

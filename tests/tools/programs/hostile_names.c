/* A program whose names are made to break whoever shows them. Its functions are renamed after it is built. */
#include <heapreel/heapreel_weak.h>
#include <stdlib.h>

static void* kept[64];

__attribute__((noinline)) void hostile_function(void) {
  kept[0] = malloc(1000);
}

__attribute__((noinline)) void long_function(void) {
  kept[1] = malloc(2000);
}

int main(void) {
  if (!heapreel_present()) return 1;
  const heapreel_tag_id tag =
      heapreel_register_tag("</script><script>document.title = 'broken by a tag'</script>\n\xe2\x80\xae" "gat");
  const heapreel_domain_id domain = heapreel_register_domain("<!--<img src=x onerror=document.title='domain'>", 16);
  static char pool[64];
  for (int frame = 0; frame < 8; ++frame) {
    const heapreel_tag_id before = heapreel_tag_push(tag);
    hostile_function();
    heapreel_tag_pop(before);
    long_function();
    heapreel_alloc(domain, pool, 64);
    heapreel_free(domain, pool);
    heapreel_game_frame();
    if (frame == 3) heapreel_mark("</script><img src=x onerror=document.title='mark'>\"'&amp;\n\xe2\x80\xae" "kram");
  }
  return 0;
}

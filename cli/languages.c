#include "cli/languages.h"

#include "kg/refs.h"

OgStatus languages_check(const Context *context, OgStore *store, const char *languages,
                         OgError *err) {
  OgArena arena = OG_ARENA_INIT;
  const char *known;
  if (!languages || context->terminal->quiet) {
    return OG_OK;
  }
  const OgStatus status = og_languages_miss(store, languages, &arena, &known, err);
  if (status == OG_OK && known) {
    terminal_note(context->terminal, "note: --lang %s: no name of %s is in it; names are in %s",
                  languages, og_store_path(store), known);
  }
  og_arena_clear(&arena);
  return status;
}

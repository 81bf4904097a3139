#include "cli/inferred.h"

#include "kg/infer.h"

OgStatus inferred_check(const Context *context, OgStore *store, OgError *err) {
  bool done;
  OG_TRY(og_infer_is_done(store, &done, err));
  if (!done) {
    terminal_note(context->terminal, "note: nothing is inferred in this graph: ontograft infer %s",
                  og_store_path(store));
  }
  return OG_OK;
}

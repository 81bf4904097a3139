/* What a text names, and what stands above it in the graph: ontograft as a C library.
 *
 *   cc library.c $(pkg-config --cflags --libs ontograft) -o library
 *   ./library medicine.db "COPD and asthma in smokers"
 */
#include <kg/describe.h>
#include <kg/link.h>
#include <kg/store.h>
#include <stdio.h>
#include <string.h>

/* Print a mention and the parents of its entity. */
static OgStatus print_mention(OgStore *store, const char *text, const OgMention *mention,
                              OgError *err) {
  OgCard card;
  OG_TRY(og_describe(store, mention->entity, NULL, &card, err));
  printf("%.*s: %s", (int)(mention->end - mention->start), text + mention->start,
         card.entity.label);
  for (size_t k = 0; k < card.parents.count; k++) {
    printf("%s %s", k ? "," : " is a kind of", card.parents.items[k].label);
  }
  putchar('\n');
  og_card_clear(&card);
  return OG_OK;
}

static OgStatus print_mentions(OgStore *store, const char *text, OgError *err) {
  OgLinker *linker = NULL;
  OgMentions mentions = OG_MENTIONS_INIT;
  OgStatus status;
  OG_GO(og_linker_new(store, NULL, &linker, err));
  OG_GO(og_linker_find(linker, text, strlen(text), &mentions, err));
  for (size_t k = 0; k < mentions.count; k++) {
    OG_GO(print_mention(store, text, &mentions.items[k], err));
  }
done:
  og_mentions_clear(&mentions);
  og_linker_free(linker);
  return status;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: library GRAPH TEXT\n");
    return 2;
  }
  OgError err = {0};
  OgStore *store = NULL;
  OgStatus status = og_store_open(argv[1], OG_STORE_READ, &store, &err);
  if (status == OG_OK) {
    status = print_mentions(store, argv[2], &err);
  }
  og_store_close(store);
  if (status != OG_OK) {
    char message[1024];
    fprintf(stderr, "library: %s\n", og_error_text(&err, message, sizeof message));
    return 1;
  }
  return 0;
}

/* embed_search: which settings suit a graph.
 *
 * Settings are drawn by lot, the first trial being what og_embed chooses by itself, and compared by
 * the MRR of valid. Successive halving (Jamieson and Talwalkar 2016): all are trained for a ninth
 * of the epochs, the best third of them anew for a third, the best third of those for all. */
#ifndef OG_KG_EMBED_SEARCH_H
#define OG_KG_EMBED_SEARCH_H

#include "kg/embed.h"

typedef struct OgSearchOptions {
  OgEmbedOptions base; /* what it decides is not tried; model NULL: all models are */
  int trials;          /* settings; 0: 12 */
  double seconds;      /* no trial starts later, and one that runs ends at the end of its epoch; 0:
                          no limit */
} OgSearchOptions;

typedef struct OgTrial {
  OgEmbedOptions used; /* every choice made */
  int setting;         /* number from 0 */
  int rung;            /* 0, 1, 2: a ninth, a third, all of the epochs */
  int epochs;          /* the best one */
  double mrr;          /* of valid; 0 when the training broke down */
  double seconds;      /* of training and ranking */
} OgTrial;

typedef enum OgSetting {
  OG_SETTING_MODEL,
  OG_SETTING_OBJECTIVE,
  OG_SETTING_DIM,
  OG_SETTING_LEARNING_RATE,
  OG_SETTING_N3,
  OG_SETTINGS
} OgSetting;

typedef struct OgSettingValue {
  char text[24];
  double mrr; /* mean */
  int trials;
} OgSettingValue;

/* What a setting was worth: the mean MRR of the first rung's trials that had each of its values. */
typedef struct OgWorth {
  OgSetting setting;
  OgSettingValue values[8]; /* best first */
  size_t count;
  double spread; /* between the best and the worst */
} OgWorth;

typedef struct OgSearch {
  OgTrial *trials; /* in the order in which they ran */
  size_t count;
  size_t best;                /* of the highest rung that was reached */
  OgWorth worth[OG_SETTINGS]; /* greatest spread first; those of one value are left out */
  size_t worths;
  bool cut; /* time was up */
} OgSearch;

/* "model", "learning rate", …. Static. */
OG_API const char *og_setting_name(OgSetting setting);

/* Try settings on a graph that is cut into parts, of which test is not looked at. OG_USAGE when
 * there is no valid. The same seed, threads and trials give the same answer unless time was up. On
 * OG_OK, and on OG_CANCELLED with the trials that were done by then, the caller releases *search
 * with og_search_clear; otherwise it is empty. */
OG_API OG_MUST_CHECK OgStatus og_embed_search(const OgTripleGraph *graph,
                                              const OgSearchOptions *options,
                                              const OgProgress *progress, OgSearch *search,
                                              OgError *err);

/* The trial of the defaults, and beside it that of the best setting, of the same epochs: the most
 * that both were given. NULL when there is none. */
OG_API const OgTrial *og_search_defaults(const OgSearch *search, const OgTrial **beside);
OG_API void og_search_clear(OgSearch *search);

#endif

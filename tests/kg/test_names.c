#include "kg/names.h"

#include "core/memory.h"
#include "core/random.h"
#include "tests/test.h"

#include <string.h>

typedef struct Pair {
  const char *text, *normal;
} Pair;

static void check_pairs(const Pair *pairs, size_t count) {
  OgError err = {0};
  OgBuffer normal = OG_BUFFER_INIT;
  for (size_t k = 0; k < count; k++) {
    assert_ok(og_name_normalise(pairs[k].text, strlen(pairs[k].text), &normal, &err));
    if (strcmp(normal.data, pairs[k].normal) != 0) {
      fail_msg("\"%s\" became \"%s\", not \"%s\"", pairs[k].text, normal.data, pairs[k].normal);
    }
  }
  og_buffer_clear(&normal);
}

static void case_punctuation_and_spaces_do_not_matter(void **state) {
  (void)state;
  static const Pair pairs[] = {
      {"Breast Cancer", "breast cancer"},
      {"  breast\t\ncancer ", "breast cancer"},
      {"breast-cancer", "breast cancer"},
      {"breast_cancer", "breast cancer"},
      {"Neoplasm, Breast", "neoplasm breast"},
      {"COX-2", "cox 2"},
      {"p53", "p53"},
      {"(R)-2,4-D", "r 2 4 d"},
      {"", ""},
      {"+++ ...", ""},
      {"a", "a"},
      {"100%", "100"},
  };
  check_pairs(pairs, OG_COUNT(pairs));
}

static void accents_ligatures_and_width_do_not_matter(void **state) {
  (void)state;
  static const Pair pairs[] = {
      {"Sjögren", "sjogren"},
      {"Sjo\xcc\x88gren", "sjogren"}, /* o and a combining diaeresis */
      {"Ménière", "meniere"},
      {"Straße", "strasse"},
      {"STRASSE", "strasse"},
      {"ŁÓDŹ", "lodz"},
      {"Bjørn", "bjorn"},
      {"Æther cœliac", "aether coeliac"},
      {"İstanbul ılık", "istanbul ilik"},
      {"ﬁbrosis", "fibrosis"},
      {"Factor Ⅷ", "factor viii"},
      {"m²", "m2"},
      {"ＡＢＣ１", "abc1"},
      {"½ life", "life"},
      {"Viêm gan siêu vi", "viem gan sieu vi"},
      {"co\xc2\xadoperate", "cooperate"}, /* soft hyphen */
      {"Νόσος", "νοσοσ"},
      {"Болезнь Крона", "болезнь крона"},
      {"й", "и"},
      {"שָׁלוֹם", "שלום"},
  };
  check_pairs(pairs, OG_COUNT(pairs));
}

static void possessives_vanish(void **state) {
  (void)state;
  static const Pair pairs[] = {
      {"Crohn's disease", "crohn disease"},
      {"Crohn’s disease", "crohn disease"},
      {"Crohnʼs disease", "crohn disease"},
      {"CROHN'S", "crohn"},
      {"Crohns disease", "crohn disease"},
      {"patients' rights", "patient right"},
      {"l'asthme d’été", "l asthme d ete"},
      {"O'Brien", "o brien"},
      {"rock 'n' roll", "rock n roll"},
      {"it'sy", "it sy"},
      {"Graves' disease", "graves disease"},
      {"Graves disease", "graves disease"},
      {"don't", "don t"},
      {"'s", "s"},
  };
  check_pairs(pairs, OG_COUNT(pairs));
}

static void plurals_become_singular(void **state) {
  (void)state;
  static const Pair pairs[] = {
      {"diseases", "disease"},
      {"arteries", "artery"},
      {"neoplasms", "neoplasm"},
      {"viruses", "virus"},
      {"sinuses", "sinus"},
      {"causes", "cause"},
      {"abscesses", "abscess"},
      {"illnesses", "illness"},
      {"boxes", "box"},
      {"indexes", "index"},
      {"indices", "index"},
      {"patches", "patch"},
      {"headaches", "headache"},
      {"roaches", "roach"},
      {"rashes", "rash"},
      {"sizes", "size"},
      {"genes", "gene"},
      {"mosquitoes", "mosquito"},
      {"toes", "toe"},
      {"embryos", "embryo"},
      {"ratios", "ratio"},
      {"carcinomas", "carcinoma"},
      {"carcinomata", "carcinoma"},
      {"edemas", "edema"},
      {"vertebrae", "vertebra"},
      {"bacteria", "bacterium"},
      {"streptococci", "streptococcus"},
      {"fungi", "fungus"},
      {"metastases", "metastasis"},
      {"diagnoses", "diagnosis"},
      {"women", "woman"},
      {"children", "child"},
      {"teeth", "tooth"},
      {"mice", "mouse"},
      {"lives", "life"},
      {"nerves", "nerve"},
      {"antibiotics", "antibiotic"},
      {"PCBs", "pcb"},
      {"NSAIDs", "nsaid"},
      {"securities", "security"},
      {"bonds", "bond"},
      {"taxes", "tax"},
      {"bonuses", "bonus"},
      {"losses", "loss"},
      {"shares", "share"},
      {"eyes", "eye"},
      {"ties", "tie"},
      {"analyses", "analysis"},
  };
  check_pairs(pairs, OG_COUNT(pairs));
}

static void what_only_looks_like_a_plural_stays(void **state) {
  (void)state;
  static const char *const words[] = {
      "aids",        "diabetes",    "pancreatitis", "herpes",   "lupus",     "pancreas",
      "abscess",     "chaos",       "sars",         "mers",     "news",      "goods",
      "futures",     "means",       "measles",      "mumps",    "rabies",    "scabies",
      "caries",      "series",      "species",      "genetics", "physics",   "economics",
      "tetanus",     "virus",       "ascites",      "lens",     "gas",       "bus",
      "pseudomonas", "bacteroides", "candidiasis",  "sepsis",   "psoriasis", "actinomyces",
      "graves",      "wales",       "rickets",      "thomas",   "biceps",    "data",
      "abdomen",     "specimen",    "his",          "was",      "does",      "always",
      "us",          "s",           "as",           "basis",    "status",    "texas",
  };
  for (size_t k = 0; k < OG_COUNT(words); k++) {
    const Pair pair = {words[k], words[k]};
    check_pairs(&pair, 1);
  }
}

static void scripts_without_spaces_give_a_word_a_character(void **state) {
  (void)state;
  static const Pair pairs[] = {
      {"糖尿病", "糖 尿 病"},
      {"1型糖尿病", "1 型 糖 尿 病"},
      {"糖尿病type2", "糖 尿 病 type2"},
      {"ガ", "カ\u3099"}, /* か and its voicing mark stay together … */
      {"ｶﾞ", "カ\u3099"}, /* … as they do in half width */
      {"간 암", "\u1100\u1161\u11ab \u110b\u1161\u11b7"}, /* Hangul has spaces */
  };
  check_pairs(pairs, OG_COUNT(pairs));
}

static void bad_bytes_and_nul_separate_words(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer normal = OG_BUFFER_INIT;
  static const char bytes[] = "one\xff\xfetwo\xc3 three\0four\xe2\x82";
  assert_ok(og_name_normalise(bytes, sizeof bytes - 1, &normal, &err));
  assert_string_equal(normal.data, "one two three four");
  og_buffer_clear(&normal);
}

static void every_table_is_in_order_and_stable(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer once = OG_BUFFER_INIT, twice = OG_BUFFER_INIT;
  for (size_t k = 0; og_common_word(k); k++) {
    const char *word = og_common_word(k);
    assert_true(k == 0 || strcmp(og_common_word(k - 1), word) < 0);
    assert_true(og_word_is_common(word, strlen(word)));
    assert_ok(og_name_normalise(word, strlen(word), &once, &err));
    assert_string_equal(once.data, word);
  }
  for (size_t k = 0; og_irregular_word(k); k++) {
    const char *word = og_irregular_word(k);
    assert_true(k == 0 || strcmp(og_irregular_word(k - 1), word) < 0);
    assert_ok(og_name_normalise(word, strlen(word), &once, &err));
    assert_ok(og_name_normalise(once.data, once.size, &twice, &err));
    assert_string_equal(once.data, twice.data);
    /* What does not end in s is no word that only looks like a plural: it must change. */
    assert_true(word[strlen(word) - 1] == 's' || strcmp(once.data, word) != 0);
  }
  assert_false(og_word_is_common("asthma", 6));
  assert_false(og_word_is_common("al", 2));
  assert_false(og_word_is_common("alll", 4));
  assert_false(og_word_is_common("", 0));
  og_buffer_clear(&once);
  og_buffer_clear(&twice);
}

/* Random text out of pieces that matter to the rules. */
static size_t random_text(OgRandom *random, char *text, size_t size) {
  static const char *const pieces[] = {
      "s",  "es",    "ies",   "us",    "A",    "b", "e", "'", "’s", " ", "-",    ".",  ", ",
      "é",  "\xff",  "ß",     "糖",    "ガ",   "ﾞ", "ﬁ", "½", "Я",  "7", "\n",   "ı",  "\xcc\x81",
      "ch", "omata", "cocci", "women", "\xc2", "İ", "ŉ", "ﷺ", "각", "ǆ", "\xe2", "ae", "i",
  };
  size_t used = 0;
  const uint64_t count = og_random_below(random, 60);
  for (uint64_t k = 0; k < count; k++) {
    const char *piece = pieces[og_random_below(random, OG_COUNT(pieces))];
    const size_t length = strlen(piece);
    if (used + length <= size) {
      memcpy(text + used, piece, length);
      used += length;
    }
  }
  return used;
}

static void normalising_twice_changes_nothing(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer once = OG_BUFFER_INIT, twice = OG_BUFFER_INIT;
  OgRandom random;
  char text[512];
  og_random_init(&random, 7);
  for (int round = 0; round < 20000; round++) {
    const size_t size = random_text(&random, text, sizeof text);
    assert_ok(og_name_normalise(text, size, &once, &err));
    assert_ok(og_name_normalise(once.data, once.size, &twice, &err));
    if (once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0) {
      fail_msg("\"%.*s\" became \"%s\", and that \"%s\"", (int)size, text, once.data, twice.data);
    }
  }
  og_buffer_clear(&once);
  og_buffer_clear(&twice);
}

static void words_know_where_they_stand(void **state) {
  (void)state;
  static const char text[] = "The PCBs (Éclair) of IL-2 in St. Louis. Asthma's 42!";
  static const struct {
    const char *written, *normal;
    bool capitals, number, breaks;
  } expected[] = {
      {"The", "the", false, false, false},       {"PCBs", "pcb", true, false, false},
      {"Éclair", "eclair", false, false, false}, {"of", "of", false, false, false},
      {"IL", "il", true, false, false},          {"2", "2", false, true, false},
      {"in", "in", false, false, false},         {"St", "st", false, false, false},
      {"Louis", "louis", false, false, false},   {"Asthma", "asthma", false, false, true},
      {"42", "42", false, true, false},
  };
  OgWords words;
  OgWord word;
  og_words_init(&words, text, strlen(text));
  for (size_t k = 0; k < OG_COUNT(expected); k++) {
    assert_true(og_words_next(&words, &word));
    assert_int_equal(word.end - word.start, strlen(expected[k].written));
    assert_memory_equal(text + word.start, expected[k].written, word.end - word.start);
    assert_int_equal(word.size, strlen(expected[k].normal));
    assert_memory_equal(word.text, expected[k].normal, word.size);
    assert_int_equal(word.capitals, expected[k].capitals);
    assert_int_equal(word.number, expected[k].number);
    assert_int_equal(word.breaks, expected[k].breaks);
  }
  assert_false(og_words_next(&words, &word));
}

static void sentences_and_paragraphs_break(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool breaks; /* before the second word */
  } cases[] = {
      {"alpha beta", false},  {"alpha. beta", true},      {"alpha.beta", false},
      {"alpha, beta", false}, {"alpha\nbeta", false},     {"alpha\n\nbeta", true},
      {"alpha! beta", true},  {"alpha; beta", true},      {"E. coli", false},
      {"10. beta", true},     {"alpha\u3002beta", true},  {"alpha.) beta", true},
      {"alpha (beta", false}, {"alpha.\u00a0beta", true},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    OgWords words;
    OgWord word;
    og_words_init(&words, cases[k].text, strlen(cases[k].text));
    assert_true(og_words_next(&words, &word) && !word.breaks && og_words_next(&words, &word));
    if (word.breaks != cases[k].breaks) {
      fail_msg("\"%s\" should%s break", cases[k].text, cases[k].breaks ? "" : " not");
    }
  }
}

static void a_word_without_end_is_cut_at_a_character_border(void **state) {
  (void)state;
  char text[1000];
  for (size_t k = 0; k < sizeof text; k += 2) {
    memcpy(text + k, "я", 2);
  }
  OgWords words;
  OgWord word;
  size_t end = 0;
  og_words_init(&words, text, sizeof text);
  while (og_words_next(&words, &word)) {
    assert_int_equal(word.start, end);
    assert_int_equal(word.start % 2, 0);
    assert_true(word.size <= OG_WORD_SIZE);
    end = word.end;
  }
  assert_int_equal(end, sizeof text);
}

static void labels_weigh_more_than_hidden_names(void **state) {
  (void)state;
  static const char *const falling[] = {"label", "exact",   "alternative",
                                        "local", "related", "hidden"};
  for (size_t k = 1; k < OG_COUNT(falling); k++) {
    assert_true(og_name_weight(falling[k - 1]) > og_name_weight(falling[k]));
  }
  assert_true(og_name_weight("preferred") == 1.0f);
  assert_true(og_name_weight("no such kind") > 0.0f);
}

static void edits_are_counted_up_to_a_limit(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    unsigned limit, edits;
  } cases[] = {
      {"asthma", "asthma", 3, 0},  {"asthma", "astma", 3, 1},
      {"asthma", "asthmma", 3, 1}, {"asthma", "asthna", 3, 1},
      {"asthma", "ashtma", 3, 1},  {"", "abc", 3, 3},
      {"abc", "", 2, 3},           {"", "", 0, 0},
      {"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3},
      {"ca", "abc", 3, 3},         {"abcdef", "uvwxyz", 2, 3},
  };
  for (size_t k = 0; k < OG_COUNT(cases); k++) {
    assert_int_equal(og_edit_distance(cases[k].a, strlen(cases[k].a), cases[k].b,
                                      strlen(cases[k].b), cases[k].limit),
                     cases[k].edits);
  }
  char longer[600];
  memset(longer, 'x', sizeof longer);
  assert_int_equal(og_edit_distance(longer, sizeof longer, longer, sizeof longer, 2), 0);
}

static void running_out_of_memory_is_reported(void **state) {
  (void)state;
  OgError err = {0};
  OgBuffer normal = OG_BUFFER_INIT;
  og_memory_fail_after(0);
  const OgStatus status = og_name_normalise("asthma", 6, &normal, &err);
  og_memory_fail_after(-1);
  assert_status(status, OG_NO_MEMORY);
  assert_ok(og_name_normalise("asthma", 6, &normal, &err));
  og_buffer_clear(&normal);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(case_punctuation_and_spaces_do_not_matter),
      cmocka_unit_test(accents_ligatures_and_width_do_not_matter),
      cmocka_unit_test(possessives_vanish),
      cmocka_unit_test(plurals_become_singular),
      cmocka_unit_test(what_only_looks_like_a_plural_stays),
      cmocka_unit_test(scripts_without_spaces_give_a_word_a_character),
      cmocka_unit_test(bad_bytes_and_nul_separate_words),
      cmocka_unit_test(every_table_is_in_order_and_stable),
      cmocka_unit_test(normalising_twice_changes_nothing),
      cmocka_unit_test(words_know_where_they_stand),
      cmocka_unit_test(sentences_and_paragraphs_break),
      cmocka_unit_test(a_word_without_end_is_cut_at_a_character_border),
      cmocka_unit_test(labels_weigh_more_than_hidden_names),
      cmocka_unit_test(edits_are_counted_up_to_a_limit),
      cmocka_unit_test(running_out_of_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "kg/names.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- Tables of English --------------------------------------------------------------------- */

/* Words whose singular no rule below finds, and words that only look like plurals (singular NULL:
 * they stay). In order of strcmp. */
typedef struct Irregular {
  const char *plural, *singular;
} Irregular;

static const Irregular irregulars[] = {
    {"aedes", NULL},
    {"aids", NULL},
    {"alveoli", "alveolus"},
    {"always", NULL},
    {"analyses", "analysis"},
    {"anastomoses", "anastomosis"},
    {"angeles", NULL},
    {"anopheles", NULL},
    {"apices", "apex"},
    {"appendices", "appendix"},
    {"areas", "area"},
    {"arms", NULL},
    {"ascites", NULL},
    {"bacilli", "bacillus"},
    {"bacteria", "bacterium"},
    {"besides", NULL},
    {"biases", "bias"},
    {"biceps", NULL},
    {"bronchi", "bronchus"},
    {"brussels", NULL},
    {"bursae", "bursa"},
    {"buses", "bus"},
    {"calculi", "calculus"},
    {"calories", "calorie"},
    {"calves", "calf"},
    {"calyces", "calyx"},
    {"canoes", "canoe"},
    {"caries", NULL},
    {"charles", NULL},
    {"children", "child"},
    {"cilia", "cilium"},
    {"cortices", "cortex"},
    {"crises", "crisis"},
    {"criteria", "criterion"},
    {"customs", NULL},
    {"dans", NULL},
    {"diabetes", NULL},
    {"diagnoses", "diagnosis"},
    {"diverticula", "diverticulum"},
    {"does", NULL},
    {"emboli", "embolus"},
    {"facies", NULL},
    {"faeces", NULL},
    {"fauces", NULL},
    {"feces", NULL},
    {"feet", "foot"},
    {"fibulae", "fibula"},
    {"fistulae", "fistula"},
    {"fomites", NULL},
    {"foramina", "foramen"},
    {"forceps", NULL},
    {"fungi", "fungus"},
    {"futures", NULL},
    {"ganglia", "ganglion"},
    {"gases", "gas"},
    {"goods", NULL},
    {"graves", NULL},
    {"gyri", "gyrus"},
    {"halves", "half"},
    {"hercules", NULL},
    {"herpes", NULL},
    {"hers", NULL},
    {"hives", NULL},
    {"hypotheses", "hypothesis"},
    {"ideas", "idea"},
    {"indices", "index"},
    {"irises", "iris"},
    {"ixodes", NULL},
    {"james", NULL},
    {"jones", NULL},
    {"knives", "knife"},
    {"larvae", "larva"},
    {"leaves", "leaf"},
    {"lens", NULL},
    {"lenses", "lens"},
    {"lice", "louse"},
    {"lives", "life"},
    {"lues", NULL},
    {"matrices", "matrix"},
    {"means", NULL},
    {"measles", NULL},
    {"men", "man"},
    {"meninges", NULL},
    {"menses", NULL},
    {"mers", NULL},
    {"metastases", "metastasis"},
    {"mice", "mouse"},
    {"misuses", "misuse"},
    {"mitochondria", "mitochondrion"},
    {"molasses", NULL},
    {"moses", NULL},
    {"movies", "movie"},
    {"mumps", NULL},
    {"naples", NULL},
    {"nares", NULL},
    {"neuroses", "neurosis"},
    {"nevi", "nevus"},
    {"news", NULL},
    {"nuclei", "nucleus"},
    {"oboes", "oboe"},
    {"ourselves", NULL},
    {"ova", "ovum"},
    {"oxen", "ox"},
    {"parentheses", "parenthesis"},
    {"pelvises", "pelvis"},
    {"perhaps", NULL},
    {"phalanges", NULL},
    {"phenomena", "phenomenon"},
    {"pons", NULL},
    {"premia", "premium"},
    {"prognoses", "prognosis"},
    {"prostheses", "prosthesis"},
    {"protozoa", "protozoon"},
    {"psychoses", "psychosis"},
    {"quadriceps", NULL},
    {"rabies", NULL},
    {"rhodes", NULL},
    {"rickets", NULL},
    {"sars", NULL},
    {"scabies", NULL},
    {"sequelae", "sequela"},
    {"series", NULL},
    {"shingles", NULL},
    {"shoes", "shoe"},
    {"sometimes", NULL},
    {"species", NULL},
    {"stenoses", "stenosis"},
    {"stimuli", "stimulus"},
    {"sulci", "sulcus"},
    {"syntheses", "synthesis"},
    {"tabes", NULL},
    {"teeth", "tooth"},
    {"tendinoses", "tendinosis"},
    {"themselves", NULL},
    {"theses", "thesis"},
    {"thrombi", "thrombus"},
    {"thromboses", "thrombosis"},
    {"tibiae", "tibia"},
    {"toes", "toe"},
    {"towards", NULL},
    {"triceps", NULL},
    {"varices", "varix"},
    {"vertebrae", "vertebra"},
    {"vertices", "vertex"},
    {"villi", "villus"},
    {"wales", NULL},
    {"wives", "wife"},
    {"wolves", "wolf"},
    {"women", "woman"},
    {"yaws", NULL},
    {"yours", NULL},
};

/* Endings of regular plurals; the first row that fits decides. Rows that drop nothing guard words
 * that are no plurals (pancreatitis, virus, illness, Bacteroides, genetics). */
typedef struct Ending {
  const char *ending;
  unsigned char size;  /* of ending */
  unsigned char least; /* letters that the whole word needs */
  unsigned char drop;  /* letters to take off its end */
  const char *add;
} Ending;

#define ENDING(ending, least, drop, add)                                                           \
  { ending, sizeof ending - 1, least, drop, add }

static const Ending endings[] = {
    ENDING("cocci", 6, 1, "us"),    /* staphylococci */
    ENDING("bacilli", 8, 1, "us"),  /* lactobacilli */
    ENDING("omata", 7, 2, ""),      /* carcinomata */
    ENDING("ss", 0, 0, ""),         /* abscess */
    ENDING("us", 0, 0, ""),         /* lupus */
    ENDING("is", 0, 0, ""),         /* pancreatitis */
    ENDING("monas", 0, 0, ""),      /* Pseudomonas */
    ENDING("thomas", 0, 0, ""),     /* Thomas */
    ENDING("omas", 6, 1, ""),       /* carcinomas */
    ENDING("emas", 6, 1, ""),       /* edemas */
    ENDING("as", 0, 0, ""),         /* pancreas */
    ENDING("eos", 5, 1, ""),        /* videos */
    ENDING("ios", 5, 1, ""),        /* ratios */
    ENDING("yos", 5, 1, ""),        /* embryos */
    ENDING("os", 0, 0, ""),         /* chaos */
    ENDING("biotics", 0, 1, ""),    /* antibiotics */
    ENDING("cotics", 0, 1, ""),     /* narcotics */
    ENDING("gesics", 0, 1, ""),     /* analgesics */
    ENDING("uretics", 0, 1, ""),    /* diuretics */
    ENDING("septics", 0, 1, ""),    /* antiseptics */
    ENDING("nesthetics", 0, 1, ""), /* anesthetics */
    ENDING("chotics", 0, 1, ""),    /* antipsychotics */
    ENDING("olytics", 0, 1, ""),    /* thrombolytics */
    ENDING("plastics", 0, 1, ""),   /* thermoplastics */
    ENDING("clinics", 0, 1, ""),    /* clinics */
    ENDING("topics", 0, 1, ""),     /* topics */
    ENDING("ics", 0, 0, ""),        /* genetics, physics */
    ENDING("myces", 0, 0, ""),      /* Actinomyces */
    ENDING("oides", 0, 0, ""),      /* Bacteroides */
    ENDING("ies", 5, 3, "y"),       /* arteries */
    ENDING("eaches", 0, 2, ""),     /* leeches' kin: beaches */
    ENDING("oaches", 0, 2, ""),     /* roaches */
    ENDING("aches", 0, 1, ""),      /* headaches */
    ENDING("ches", 0, 2, ""),       /* patches */
    ENDING("shes", 0, 2, ""),       /* rashes */
    ENDING("sses", 0, 2, ""),       /* abscesses */
    ENDING("xes", 0, 2, ""),        /* indexes */
    ENDING("tzes", 0, 2, ""),       /* waltzes */
    ENDING("auses", 0, 1, ""),      /* causes */
    ENDING("ouses", 0, 1, ""),      /* houses */
    ENDING("uses", 7, 2, ""),       /* viruses; abuses has fewer letters */
    ENDING("oes", 6, 2, ""),        /* mosquitoes */
    ENDING("s", 4, 1, ""),          /* diseases */
};

/* Too common to name anything by themselves: function words of English, German and French, and
 * words frequent in each of medical abstracts, trial records, health answers, contracts and
 * earnings calls. Normal forms, in order of strcmp. */
static const char *const common_words[] = {
    "a",          "ability",     "able",        "about",
    "above",      "according",   "achieve",     "across",
    "activity",   "actual",      "add",         "addition",
    "additional", "affect",      "after",       "again",
    "against",    "all",         "allow",       "almost",
    "along",      "already",     "also",        "although",
    "always",     "am",          "among",       "amount",
    "an",         "and",         "another",     "any",
    "anyone",     "approach",    "appropriate", "approximately",
    "are",        "area",        "around",      "as",
    "aspect",     "associated",  "association", "at",
    "au",         "auf",         "aus",         "aux",
    "available",  "avec",        "average",     "away",
    "back",       "base",        "based",       "basis",
    "be",         "because",     "become",      "been",
    "before",     "begin",       "beginning",   "behind",
    "bei",        "being",       "believe",     "below",
    "besides",    "best",        "better",      "between",
    "beyond",     "big",         "both",        "but",
    "by",         "can",         "cannot",      "case",
    "category",   "cause",       "certain",     "ces",
    "cet",        "cette",       "change",      "characteristic",
    "class",      "clear",       "close",       "collection",
    "come",       "common",      "comparison",  "complete",
    "complex",    "component",   "concerning",  "condition",
    "consider",   "content",     "continue",    "control",
    "could",      "current",     "daily",       "dans",
    "das",        "data",        "date",        "day",
    "de",         "dem",         "den",         "der",
    "des",        "description", "detail",      "determine",
    "develop",    "development", "did",         "die",
    "difference", "different",   "difficult",   "direct",
    "direction",  "do",          "does",        "done",
    "down",       "du",          "due",         "during",
    "each",       "early",       "easy",        "effect",
    "eight",      "ein",         "eine",        "einem",
    "einen",      "einer",       "either",      "element",
    "else",       "en",          "end",         "enough",
    "entire",     "entity",      "especially",  "est",
    "et",         "etc",         "even",        "event",
    "ever",       "every",       "evidence",    "example",
    "except",     "experience",  "extent",      "fact",
    "factor",     "far",         "feature",     "few",
    "final",      "find",        "first",       "five",
    "following",  "for",         "form",        "four",
    "from",       "full",        "function",    "fur",
    "further",    "future",      "general",     "get",
    "give",       "given",       "go",          "goal",
    "good",       "great",       "group",       "growing",
    "had",        "half",        "has",         "have",
    "having",     "he",          "help",        "hence",
    "her",        "here",        "hers",        "high",
    "higher",     "him",         "his",         "history",
    "how",        "however",     "identify",    "if",
    "ihr",        "ii",          "iii",         "il",
    "im",         "impact",      "important",   "improve",
    "in",         "include",     "including",   "increase",
    "individual", "information", "initial",     "instead",
    "into",       "involved",    "is",          "issue",
    "ist",        "it",          "item",        "its",
    "itself",     "iv",          "je",          "just",
    "keep",       "kind",        "know",        "known",
    "la",         "lack",        "large",       "last",
    "late",       "later",       "le",          "lead",
    "least",      "les",         "less",        "let",
    "level",      "life",        "like",        "likely",
    "limited",    "line",        "list",        "literature",
    "little",     "long",        "look",        "low",
    "lower",      "made",        "main",        "major",
    "make",       "many",        "may",         "maybe",
    "me",         "mean",        "measure",     "method",
    "middle",     "might",       "minor",       "mit",
    "mixed",      "model",       "moderate",    "month",
    "more",       "most",        "much",        "multiple",
    "must",       "my",          "name",        "nature",
    "near",       "need",        "neither",     "never",
    "new",        "next",        "nicht",       "nine",
    "no",         "non",         "none",        "nor",
    "normal",     "not",         "nothing",     "now",
    "number",     "object",      "objective",   "observation",
    "observed",   "obtain",      "occur",       "oder",
    "of",         "off",         "often",       "old",
    "on",         "once",        "one",         "only",
    "onto",       "open",        "or",          "order",
    "other",      "otherwise",   "ou",          "our",
    "ourselves",  "out",         "outcome",     "outside",
    "over",       "overall",     "own",         "par",
    "part",       "partial",     "particular",  "pas",
    "past",       "per",         "perhaps",     "period",
    "place",      "point",       "poor",        "possible",
    "pour",       "present",     "primary",     "prior",
    "problem",    "process",     "produce",     "program",
    "provide",    "purpose",     "put",         "quality",
    "quantity",   "que",         "question",    "qui",
    "quite",      "range",       "rather",      "really",
    "reason",     "receive",     "recent",      "reduce",
    "reference",  "related",     "relation",    "relative",
    "remain",     "report",      "response",    "rest",
    "result",     "review",      "right",       "role",
    "said",       "same",        "say",         "second",
    "see",        "seem",        "seen",        "series",
    "set",        "seven",       "several",     "severe",
    "shall",      "she",         "short",       "should",
    "show",       "shown",       "sich",        "side",
    "sie",        "significant", "similar",     "simple",
    "since",      "sind",        "single",      "six",
    "small",      "so",          "solution",    "some",
    "something",  "sometimes",   "sont",        "soon",
    "special",    "specific",    "stage",       "start",
    "state",      "status",      "step",        "still",
    "strong",     "study",       "subject",     "such",
    "sur",        "table",       "take",        "taken",
    "taking",     "ten",         "term",        "than",
    "that",       "the",         "their",       "them",
    "themselves", "then",        "there",       "therefore",
    "these",      "they",        "thing",       "think",
    "third",      "this",        "those",       "three",
    "through",    "throughout",  "thus",        "time",
    "to",         "together",    "too",         "total",
    "toward",     "towards",     "two",         "type",
    "typical",    "uber",        "un",          "und",
    "under",      "une",         "unit",        "unknown",
    "unless",     "until",       "up",          "upon",
    "us",         "use",         "used",        "using",
    "usual",      "value",       "various",     "very",
    "via",        "view",        "von",         "want",
    "was",        "way",         "we",          "week",
    "well",       "were",        "what",        "when",
    "where",      "whether",     "which",       "while",
    "who",        "whole",       "whom",        "whose",
    "why",        "will",        "with",        "within",
    "without",    "work",        "would",       "year",
    "yes",        "yet",         "you",         "your",
    "yours",      "zu",          "zum",         "zur",
};

/* Letters that Unicode does not decompose and people write without their stroke, or as two. In
 * order of the code point; all are folded to lower case already. */
typedef struct Plain {
  utf8proc_int32_t letter;
  const char *plain;
} Plain;

static const Plain plain_letters[] = {
    {0x00e6, "ae"}, /* æ */ {0x00f0, "d"}, /* ð */ {0x00f8, "o"},  /* ø */
    {0x00fe, "th"}, /* þ */ {0x0111, "d"}, /* đ */ {0x0127, "h"},  /* ħ */
    {0x0131, "i"},  /* ı */ {0x0142, "l"}, /* ł */ {0x0153, "oe"}, /* œ */
};

/* name.kind -> weight. */
typedef struct KindWeight {
  const char *kind;
  float weight;
} KindWeight;

static const KindWeight kind_weights[] = {
    {"label", 1.0f},        {"preferred", 1.0f}, {"exact", 0.9f},   {"entry", 0.85f},
    {"alternative", 0.85f}, {"local", 0.7f},     {"related", 0.5f}, {"narrow", 0.5f},
    {"broad", 0.5f},        {"hidden", 0.4f},
};
static const float least_weight = 0.4f;

const char *og_common_word(size_t number) {
  return number < OG_COUNT(common_words) ? common_words[number] : NULL;
}

const char *og_irregular_word(size_t number) {
  return number < OG_COUNT(irregulars) ? irregulars[number].plural : NULL;
}

float og_name_weight(const char *kind) {
  for (size_t k = 0; k < OG_COUNT(kind_weights); k++) {
    if (strcmp(kind, kind_weights[k].kind) == 0) {
      return kind_weights[k].weight;
    }
  }
  return least_weight;
}

/* A word to look for in a table whose rows begin with a word, in order of strcmp. */
static int compare_word(const void *key, const void *row) {
  const OgWord *word = key;
  const char *other = *(const char *const *)row;
  const int order = strncmp(word->text, other, word->size);
  return order != 0 ? order : -(other[word->size] != '\0');
}

bool og_word_is_common(const char *word, size_t size) {
  const OgWord key = {.text = word, .size = size};
  return bsearch(&key, common_words, OG_COUNT(common_words), sizeof common_words[0],
                 compare_word) != NULL;
}

/* ---- Singular ------------------------------------------------------------------------------ */

/* compare_word reads the first field of a row. */
_Static_assert(offsetof(Irregular, plural) == 0, "irregulars are searched by their first field");

static const Irregular *find_irregular(const char *word, size_t size) {
  const OgWord key = {.text = word, .size = size};
  return bsearch(&key, irregulars, OG_COUNT(irregulars), sizeof irregulars[0], compare_word);
}

enum { LONGEST_ENGLISH = 48 }; /* "pneumonoultramicroscopicsilicovolcanoconiosis" has 45 letters */

static bool is_plain_word(const char *word, size_t size) {
  for (size_t k = 0; k < size; k++) {
    if (word[k] < 'a' || word[k] > 'z') {
      return false;
    }
  }
  return true;
}

#define BIT(letter) (UINT32_C(1) << ((letter) - 'a'))

/* Last letter of a word -> letters that may stand before it in a plural: most words end here. */
static const uint32_t plural_ends[26] = {
    ['a' - 'a'] = BIT('i') | BIT('l') | BIT('n') | BIT('o') | BIT('t') | BIT('v'),
    ['e' - 'a'] = BIT('a') | BIT('c'),
    ['h' - 'a'] = BIT('t'),
    ['i' - 'a'] =
        BIT('b') | BIT('c') | BIT('e') | BIT('g') | BIT('h') | BIT('l') | BIT('r') | BIT('v'),
    ['n' - 'a'] = BIT('e'),
    ['s' - 'a'] = UINT32_MAX,
    ['t' - 'a'] = BIT('e'),
};

/* One step towards the singular, in place (no longer than by four bytes); returns the new size. */
static size_t reduce(char *word, size_t size) {
  if (size < 3 || size > LONGEST_ENGLISH || !is_plain_word(word + size - 2, 2) ||
      !(plural_ends[word[size - 1] - 'a'] & BIT(word[size - 2])) || !is_plain_word(word, size)) {
    return size;
  }
  const Irregular *irregular = find_irregular(word, size);
  if (irregular) {
    if (irregular->singular) {
      size = strlen(irregular->singular);
      memcpy(word, irregular->singular, size);
    }
    return size;
  }
  for (size_t k = 0; k < OG_COUNT(endings); k++) {
    const Ending *rule = &endings[k];
    if (size >= rule->size && size >= rule->least &&
        word[size - 1] == rule->ending[rule->size - 1] &&
        memcmp(word + size - rule->size, rule->ending, rule->size) == 0) {
      const size_t added = strlen(rule->add);
      memcpy(word + size - rule->drop, rule->add, added);
      return size - rule->drop + added;
    }
  }
  return size;
}

/* Put a word into the singular, in place; returns its size. "womens" takes two steps. */
static size_t make_singular(char *word, size_t size) {
  for (size_t before = 0; before != size;) {
    before = size;
    size = reduce(word, size);
  }
  return size;
}

/* ---- Words --------------------------------------------------------------------------------- */

typedef enum CharClass { SEPARATOR, LOWER, UPPER, DIGIT, WIDE } CharClass;

/* Class of each first byte. WIDE: look at the whole character. */
#define REPEAT_10(c) c, c, c, c, c, c, c, c, c, c
#define REPEAT_26(c) REPEAT_10(c), REPEAT_10(c), c, c, c, c, c, c
static const unsigned char classes[256] = {
    ['0'] = REPEAT_10(DIGIT),
    ['A'] = REPEAT_26(UPPER),
    ['a'] = REPEAT_26(LOWER),
    [0x80] = REPEAT_26(WIDE),
    REPEAT_26(WIDE),
    REPEAT_26(WIDE),
    REPEAT_26(WIDE),
    REPEAT_10(WIDE),
    REPEAT_10(WIDE),
    WIDE,
    WIDE,
    WIDE,
    WIDE,
};

/* What a character outside ASCII does to a word. */
typedef enum WideRole { PART, NOTHING, BORDER } WideRole;

enum { APOSTROPHE_LETTER = 0x02bc }; /* ʼ: an apostrophe in the dress of a letter */
enum { MOST_PARTS = 20 }; /* code points that one character decomposes to: 18 in Unicode 15 */

typedef struct Wide {
  WideRole role;
  size_t bytes;                /* that it takes in the text */
  char normal[MOST_PARTS * 4]; /* PART: its normal form */
  size_t size;                 /* of normal */
  unsigned letters;            /* characters of normal that are no marks */
  bool upper, lower, digit, solitary;
  bool space, stop; /* BORDER: white space; the end of a sentence or paragraph */
} Wide;

static bool is_word_category(utf8proc_category_t category) {
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* Scripts that put no space between words. */
static bool is_solitary(utf8proc_int32_t c) {
  static const struct {
    utf8proc_int32_t first, last;
  } ranges[] = {
      {0x0e00, 0x0eff},   /* Thai, Lao */
      {0x1000, 0x109f},   /* Myanmar */
      {0x1780, 0x17ff},   /* Khmer */
      {0x2e80, 0x2fdf},   /* CJK radicals */
      {0x3005, 0x3007},   /* 々〆〇 */
      {0x3040, 0x30ff},   /* kana */
      {0x31f0, 0x31ff},   /* small kana */
      {0x3400, 0x9fff},   /* Han */
      {0xf900, 0xfaff},   /* Han, compatibility */
      {0xff66, 0xff9f},   /* kana, half width */
      {0x1b000, 0x1b16f}, /* historic kana */
      {0x20000, 0x3fffd}, /* Han, extensions */
  };
  for (size_t k = 0; k < OG_COUNT(ranges) && c >= ranges[k].first; k++) {
    if (c <= ranges[k].last) {
      return true;
    }
  }
  return false;
}

/* Accents and vowel points vanish; marks that make another letter of it (kana voicing, Indic and
 * Thai vowels) stay. The line runs along Unicode's combining classes. */
static bool is_accent(const utf8proc_property_t *property) {
  const int class = property->combining_class;
  return class >= 200 || (class >= 10 && class <= 36);
}

/* Append the normal form of one decomposed, folded code point; false when it separates words. */
static bool add_part(Wide *wide, utf8proc_int32_t c) {
  const utf8proc_property_t *property = utf8proc_get_property(c);
  const utf8proc_category_t category = (utf8proc_category_t)property->category;
  if (is_accent(property) || category == UTF8PROC_CATEGORY_CF || c == APOSTROPHE_LETTER) {
    return true;
  }
  if (!is_word_category(category)) {
    return false;
  }
  wide->letters += category < UTF8PROC_CATEGORY_MN || category > UTF8PROC_CATEGORY_ME;
  char *end = wide->normal + wide->size;
  for (size_t k = 0; k < OG_COUNT(plain_letters); k++) {
    if (plain_letters[k].letter == c) {
      const size_t size = strlen(plain_letters[k].plain);
      memcpy(end, plain_letters[k].plain, size);
      wide->size += size;
      return true;
    }
  }
  wide->size += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)end);
  return true;
}

/* Normal form of one character of a word. */
static void decompose(utf8proc_int32_t c, Wide *wide) {
  utf8proc_int32_t parts[MOST_PARTS];
  int boundary = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      c, parts, MOST_PARTS, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &boundary);
  for (utf8proc_ssize_t k = 0; k < count && k < MOST_PARTS; k++) {
    if (!add_part(wide, parts[k])) {
      return; /* "½" is "1⁄2": neither a letter nor one number */
    }
  }
  wide->role = wide->size > 0 ? PART : NOTHING;
}

/* Look at the character at text, which is not ASCII. */
static void read_wide(const char *text, size_t size, Wide *wide) {
  static const utf8proc_int32_t stops[] = {0x2029, 0x3002, 0xff01, 0xff0e, 0xff1f}; /* 。！．？ */
  *wide = (Wide){.role = BORDER, .bytes = 1};
  utf8proc_int32_t c;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)(size < 4 ? size : 4), &c);
  if (bytes <= 0) {
    return;
  }
  wide->bytes = (size_t)bytes;
  const utf8proc_category_t category = utf8proc_category(c);
  if (category == UTF8PROC_CATEGORY_CF) {
    wide->role = NOTHING; /* soft hyphens, joiners, marks of direction */
  } else if (is_word_category(category) && c != APOSTROPHE_LETTER) {
    decompose(c, wide);
    wide->upper = category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
    wide->lower = category == UTF8PROC_CATEGORY_LL;
    wide->digit = category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NO;
    wide->solitary = is_solitary(c);
  } else {
    wide->space = category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
    for (size_t k = 0; k < OG_COUNT(stops); k++) {
      wide->stop = wide->stop || stops[k] == c;
    }
  }
}

void og_words_init(OgWords *words, const char *text, size_t size) {
  words->text = text;
  words->size = size;
  words->position = 0;
  words->after_short = false;
}

/* Walk to the next word; true when a sentence or paragraph ends on the way: a terminator and then
 * white space, or an empty line. The full stop of "St. Louis" and "E. coli" ends nothing. */
static bool skip_gap(OgWords *words) {
  bool ended = false, breaks = false, after_short = words->after_short;
  unsigned lines = 0;
  while (words->position < words->size) {
    const char *at = words->text + words->position;
    const CharClass class = (CharClass)classes[(unsigned char)*at];
    bool space = *at == ' ' || (*at >= '\t' && *at <= '\r');
    size_t bytes = 1;
    if (class == WIDE) {
      Wide wide;
      read_wide(at, words->size - words->position, &wide);
      if (wide.role == PART && wide.letters > 0) {
        break;
      }
      bytes = wide.bytes;
      space = wide.space;
      breaks = breaks || wide.stop;
    } else if (class != SEPARATOR) {
      break;
    }
    ended = ended || *at == '!' || *at == '?' || *at == ';' || (*at == '.' && !after_short);
    lines += *at == '\n';
    breaks = breaks || (space && ended) || lines > 1;
    after_short = false;
    words->position += bytes;
  }
  return breaks;
}

/* What reading a word has found so far. */
typedef struct Census {
  size_t size; /* of the normal form */
  unsigned letters, upper, lower, digits;
  bool solitary;
  bool last_s; /* the last character is a small s */
} Census;

/* Read ASCII letters and digits, up to the end of their run or of the room; false when nothing
 * fits. */
static bool read_ascii(OgWords *words, Census *census) {
  const unsigned char *text = (const unsigned char *)words->text;
  unsigned counts[WIDE + 1] = {0};
  size_t position = words->position, size = census->size;
  CharClass class;
  while (position < words->size && size < OG_WORD_SIZE &&
         (class = (CharClass)classes[text[position]]) != SEPARATOR && class != WIDE) {
    words->normal[size++] = (char)(text[position++] | (class == UPPER ? 'a' - 'A' : 0));
    counts[class]++;
  }
  const bool any = position > words->position;
  census->letters += (unsigned)(position - words->position);
  census->upper += counts[UPPER];
  census->lower += counts[LOWER];
  census->digits += counts[DIGIT];
  census->last_s = any && text[position - 1] == 's';
  census->size = size;
  words->position = position;
  return any;
}

/* Read one other character; false when the word ends before it. */
static bool read_other(OgWords *words, Census *census) {
  Wide wide;
  read_wide(words->text + words->position, words->size - words->position, &wide);
  const bool apart = wide.letters > 0 && census->size > 0 && (wide.solitary || census->solitary);
  if (wide.role == BORDER || census->size + wide.size > OG_WORD_SIZE || apart) {
    return false;
  }
  if (wide.role == PART) {
    memcpy(words->normal + census->size, wide.normal, wide.size);
    census->size += wide.size;
    census->letters += wide.letters;
    census->upper += wide.upper;
    census->lower += wide.lower;
    census->digits += wide.digit;
    census->solitary = census->solitary || (wide.solitary && wide.letters > 0);
    census->last_s = false;
  }
  words->position += wide.bytes;
  return true;
}

/* Bytes of a possessive 's at text, 0 when there is none. */
static size_t possessive(const char *text, size_t size) {
  static const char *const apostrophes[] = {"'", "\u2019", "\u02bc"};
  for (size_t k = 0; k < OG_COUNT(apostrophes); k++) {
    const size_t length = strlen(apostrophes[k]);
    if (size > length && memcmp(text, apostrophes[k], length) == 0 &&
        (text[length] == 's' || text[length] == 'S')) {
      if (size == length + 1) {
        return size;
      }
      const CharClass after = (CharClass)classes[(unsigned char)text[length + 1]];
      Wide wide = {.role = BORDER};
      if (after == WIDE) {
        read_wide(text + length + 1, size - length - 1, &wide);
      }
      return (after == SEPARATOR || after == WIDE) && wide.role == BORDER ? length + 1 : 0;
    }
  }
  return 0;
}

bool og_words_next(OgWords *words, OgWord *word) {
  const bool breaks = skip_gap(words);
  const size_t start = words->position;
  if (start == words->size) {
    return false;
  }
  Census census = {0};
  while (words->position < words->size) {
    const CharClass class = (CharClass)classes[(unsigned char)words->text[words->position]];
    if (class == SEPARATOR || (census.solitary && class != WIDE)) {
      break;
    }
    if (class == WIDE ? !read_other(words, &census) : !read_ascii(words, &census)) {
      break;
    }
  }
  *word = (OgWord){.start = start, .end = words->position, .text = words->normal};
  words->position += possessive(words->text + words->position, words->size - words->position);
  word->size = make_singular(words->normal, census.size);
  word->letters = census.letters;
  word->capitals = census.upper > 0 && census.lower == (word->size < census.size && census.last_s);
  word->number = census.digits == census.letters;
  word->solitary = census.solitary;
  word->breaks = breaks;
  words->after_short = census.letters <= 3 && !word->number;
  return true;
}

OgStatus og_name_normalise(const char *text, size_t size, OgBuffer *normal, OgError *err) {
  og_buffer_reset(normal);
  OG_TRY(og_buffer_reserve(normal, size, err));
  OgWords words;
  OgWord word;
  og_words_init(&words, text, size);
  while (og_words_next(&words, &word)) {
    if (normal->size > 0) {
      OG_TRY(og_buffer_append(normal, " ", 1, err));
    }
    OG_TRY(og_buffer_append(normal, word.text, word.size, err));
  }
  return OG_OK;
}

/* ---- Distance ------------------------------------------------------------------------------ */

enum { LONGEST_COMPARED = 255 };

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* rows[i % 3][k] is the distance of the first i bytes of a to the first k of b; three rows are
 * kept. */
unsigned og_edit_distance(const char *a, size_t a_size, const char *b, size_t b_size,
                          unsigned limit) {
  unsigned rows[3][LONGEST_COMPARED + 1];
  a_size = a_size < LONGEST_COMPARED ? a_size : LONGEST_COMPARED;
  b_size = b_size < LONGEST_COMPARED ? b_size : LONGEST_COMPARED;
  if ((a_size > b_size ? a_size - b_size : b_size - a_size) > limit) {
    return limit + 1;
  }
  for (size_t k = 0; k <= b_size; k++) {
    rows[0][k] = (unsigned)k;
  }
  for (size_t i = 1; i <= a_size; i++) {
    unsigned *row = rows[i % 3];
    const unsigned *up = rows[(i + 2) % 3], *up_twice = rows[(i + 1) % 3];
    row[0] = (unsigned)i;
    unsigned best = row[0];
    for (size_t k = 1; k <= b_size; k++) {
      unsigned edits = least(up[k] + 1, row[k - 1] + 1);
      edits = least(edits, up[k - 1] + (a[i - 1] != b[k - 1]));
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        edits = least(edits, up_twice[k - 2] + 1);
      }
      row[k] = edits;
      best = least(best, edits);
    }
    if (best > limit) {
      return limit + 1;
    }
  }
  return least(rows[a_size % 3][b_size], limit + 1);
}

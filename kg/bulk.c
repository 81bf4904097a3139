#include "kg/bulk.h"

#include "core/arena.h"
#include "core/buffer.h"
#include "core/memory.h"
#include "kg/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A b-tree in the making is one unfinished page a level:
 *
 *   level 2      [child key child key … ]            the pages below are full and in the file
 *   level 1                     [child key … ]
 *   level 0 (leaf)                    [row row … ]
 *
 * A page that is full goes to the file, and the level above takes its number with the key that
 * parts it from the next one. In a table that key is the last rowid of the page. In an index it is
 * a row of its own, that stands in no leaf: the last row of the full page moves up. In the end
 * every unfinished page becomes the rightmost child of the level above, and the top one the root.
 *
 * Section numbers are those of sqlite.org/fileformat2.html. */

enum {
  LEAF_HEADER = 8,
  INTERIOR_HEADER = 12,
  POINTER = 2, /* to a cell, in the page's header */
  CHILD = 4,   /* a page's number */
  LEAST_CELL = 4,
  MAX_VARINT = 9,
  MAX_LEVELS = 20, /* pages hold at least four cells each */
  OUT_PAGES = 256
};

enum { INTERIOR_INDEX = 2, INTERIOR_TABLE = 5, LEAF_INDEX = 10, LEAF_TABLE = 13 };

/* Offsets in the file's header (1.3). */
enum {
  HEADER_SIZE = 100,
  PAGE_SIZE_AT = 16,
  RESERVED_AT = 20,
  PAGES_AT = 28,
  LARGEST_ROOT_AT = 52
};

/* The page that holds it must stay empty (1.4). */
static const uint64_t lock_byte = UINT64_C(1) << 30;

/* The unfinished page of a level. Cells grow from its end towards its header. */
typedef struct Level {
  unsigned char *page;
  size_t cells;
  size_t content; /* where the last cell begins */
  size_t last;    /* its size */
} Level;

/* Where a table or index begins. */
typedef struct Root {
  const char *name;
  uint32_t page;
} Root;

struct OgBulk {
  char *path;
  int file;
  size_t page_size, usable;
  size_t longest; /* row that SQLite reads */
  uint32_t lock_page;
  Root *roots;
  size_t root_count, root_capacity;
  OgArena names;      /* of roots */
  uint32_t pages;     /* in the file, those in out included */
  unsigned char *out; /* (OUT_PAGES) pages on their way to the end of the file */
  size_t out_count;
  Level levels[MAX_LEVELS];
  size_t height; /* levels of the tree in the making */
  bool table;    /* it is a table with rowids, or an index */
  uint32_t root;
  /* Of the row added last: */
  bool has_last;
  int64_t last_rowid;
  size_t last_size;                      /* of its cell, without what pads it */
  OgValue last_key[OG_BULK_MAX_COLUMNS]; /* of an index */
  size_t last_count;
  OgBuffer last_texts; /* those of last_key */
  OgBuffer payload;
};

/* ---- Numbers ---- */

static void put_big(unsigned char *to, uint64_t number, size_t bytes) {
  for (size_t k = bytes; k-- > 0; number >>= 8) {
    to[k] = (unsigned char)number;
  }
}

static uint64_t get_big(const unsigned char *from, size_t bytes) {
  uint64_t number = 0;
  for (size_t k = 0; k < bytes; k++) {
    number = number << 8 | from[k];
  }
  return number;
}

/* Section 1.6, "varint": seven bits a byte, the first weighing most; the ninth byte has eight.
 * Returns its size. */
static size_t put_varint(unsigned char *to, uint64_t number) {
  if (number < 0x80) {
    to[0] = (unsigned char)number;
    return 1;
  }
  if (number >> 56) {
    to[8] = (unsigned char)number;
    number >>= 8;
    for (size_t k = 8; k-- > 0; number >>= 7) {
      to[k] = (unsigned char)(0x80 | (number & 0x7f));
    }
    return MAX_VARINT;
  }
  size_t size = 1;
  while (number >> (7 * size)) {
    size++;
  }
  for (size_t k = size; k-- > 0; number >>= 7) {
    to[k] = (unsigned char)((number & 0x7f) | (k + 1 < size ? 0x80 : 0));
  }
  return size;
}

/* ---- Pages ---- */

static OgStatus write_at(const OgBulk *bulk, const void *bytes, size_t size, uint64_t offset,
                         OgError *err) {
  const unsigned char *from = bytes;
  while (size > 0) {
    const ssize_t written = pwrite(bulk->file, from, size, (off_t)offset);
    if (written < 0 && errno != EINTR) {
      return og_error_errno(err, "write", bulk->path);
    }
    if (written > 0) {
      from += written;
      size -= (size_t)written;
      offset += (uint64_t)written;
    }
  }
  return OG_OK;
}

static OgStatus flush(OgBulk *bulk, OgError *err) {
  const uint64_t offset = (uint64_t)(bulk->pages - bulk->out_count) * bulk->page_size;
  OG_TRY(write_at(bulk, bulk->out, bulk->out_count * bulk->page_size, offset, err));
  bulk->out_count = 0;
  return OG_OK;
}

/* A zeroed page at the end of the file, until the next one is taken. */
static OgStatus take_page(OgBulk *bulk, unsigned char **page, uint32_t *number, OgError *err) {
  do {
    if (bulk->pages >= UINT32_MAX - 2) {
      return og_error_set(err, OG_FAILED, "%s would be larger than SQLite allows: use two graphs",
                          bulk->path);
    }
    if (bulk->out_count == OUT_PAGES) {
      OG_TRY(flush(bulk, err));
    }
    *page = bulk->out + bulk->out_count * bulk->page_size;
    memset(*page, 0, bulk->page_size);
    bulk->out_count++;
    *number = ++bulk->pages;
  } while (*number == bulk->lock_page);
  return OG_OK;
}

/* The number that the next page will have. */
static uint32_t next_page(const OgBulk *bulk) {
  return bulk->pages + 1 == bulk->lock_page ? bulk->pages + 2 : bulk->pages + 1;
}

/* ---- Cells ---- */

static size_t header_size(size_t level) {
  return level == 0 ? LEAF_HEADER : INTERIOR_HEADER;
}

static void clear_level(OgBulk *bulk, size_t level) {
  Level *at = &bulk->levels[level];
  at->cells = 0;
  at->content = bulk->usable;
}

static bool fits(const OgBulk *bulk, size_t level, size_t size) {
  const Level *at = &bulk->levels[level];
  return header_size(level) + POINTER * (at->cells + 1) + size <= at->content;
}

/* Room for the next cell of a level that it fits into. */
static unsigned char *take_cell(OgBulk *bulk, size_t level, size_t size) {
  Level *at = &bulk->levels[level];
  at->content -= size;
  at->last = size;
  put_big(at->page + header_size(level) + POINTER * at->cells, at->content, POINTER);
  at->cells++;
  return at->page + at->content;
}

/* The last cell of a level, which it no longer has; the bytes stay until the next one comes. */
static const unsigned char *drop_cell(OgBulk *bulk, size_t level) {
  Level *at = &bulk->levels[level];
  const unsigned char *cell = at->page + at->content;
  at->content += at->last;
  at->cells--;
  return cell;
}

/* Write a level's page to `to`, with its header (1.6) and nothing between header and cells. right:
 * the rightmost child, of an interior page. */
static void copy_level(const OgBulk *bulk, size_t level, uint32_t right, unsigned char *to) {
  const Level *at = &bulk->levels[level];
  const size_t header = header_size(level);
  const size_t pointers = POINTER * at->cells;
  to[0] = (unsigned char)(bulk->table ? (level == 0 ? LEAF_TABLE : INTERIOR_TABLE)
                                      : (level == 0 ? LEAF_INDEX : INTERIOR_INDEX));
  put_big(to + 1, 0, 2);                    /* no free blocks */
  put_big(to + 3, at->cells, 2);            /* … */
  put_big(to + 5, at->content & 0xffff, 2); /* 65,536 is written as 0 */
  to[7] = 0;                                /* no fragments */
  if (level > 0) {
    put_big(to + 8, right, CHILD);
  }
  memcpy(to + header, at->page + header, pointers);
  memcpy(to + at->content, at->page + at->content, bulk->usable - at->content);
}

static OgStatus open_level(OgBulk *bulk, size_t level, OgError *err) {
  if (level == MAX_LEVELS) {
    return og_error_set(err, OG_FAILED, "a b-tree of %s has over %d levels", bulk->path,
                        MAX_LEVELS);
  }
  if (!bulk->levels[level].page) {
    bulk->levels[level].page = og_calloc(bulk->page_size, 1);
    if (!bulk->levels[level].page) {
      return og_error_no_memory(err);
    }
  }
  clear_level(bulk, level);
  bulk->height = level + 1;
  return OG_OK;
}

/* Give a level a full page of the level below, and the key that parts it from the next. */
static OgStatus add_child(OgBulk *bulk, size_t level, uint32_t child, const unsigned char *key,
                          size_t size, OgError *err) {
  if (level == bulk->height) {
    OG_TRY(open_level(bulk, level, err));
  }
  if (!fits(bulk, level, CHILD + size)) {
    unsigned char *page;
    uint32_t number;
    const size_t last = bulk->levels[level].last;
    const unsigned char *cell = drop_cell(bulk, level);
    OG_TRY(take_page(bulk, &page, &number, err));
    copy_level(bulk, level, (uint32_t)get_big(cell, CHILD), page);
    OG_TRY(add_child(bulk, level + 1, number, cell + CHILD, last - CHILD, err));
    clear_level(bulk, level);
  }
  unsigned char *cell = take_cell(bulk, level, CHILD + size);
  put_big(cell, child, CHILD);
  memcpy(cell + CHILD, key, size);
  return OG_OK;
}

/* The leaf is full: put it into the file, and go on with an empty one. */
static OgStatus close_leaf(OgBulk *bulk, OgError *err) {
  unsigned char rowid[MAX_VARINT];
  const unsigned char *key = rowid;
  size_t size = bulk->last_size; /* only a leaf's cells are padded */
  unsigned char *page;
  uint32_t number;
  if (bulk->table) {
    size = put_varint(rowid, (uint64_t)bulk->last_rowid);
  } else {
    key = drop_cell(bulk, 0);
  }
  OG_TRY(take_page(bulk, &page, &number, err));
  copy_level(bulk, 0, 0, page);
  OG_TRY(add_child(bulk, 1, number, key, size, err));
  clear_level(bulk, 0);
  return OG_OK;
}

/* ---- Rows ---- */

/* The serial type of a value, and the bytes that it takes (2.1). */
static uint64_t serial_type(const OgValue *value, size_t *size) {
  static const struct {
    int64_t below;
    unsigned char type, size;
  } widths[] = {
      {INT64_C(1) << 7, 1, 1},  {INT64_C(1) << 15, 2, 2}, {INT64_C(1) << 23, 3, 3},
      {INT64_C(1) << 31, 4, 4}, {INT64_C(1) << 47, 5, 6},
  };
  *size = 0;
  if (value->kind == OG_VALUE_NULL) {
    return 0;
  }
  if (value->kind == OG_VALUE_TEXT) {
    *size = value->text.size;
    return 13 + 2 * (uint64_t)value->text.size;
  }
  const int64_t number = value->integer;
  if (number == 0 || number == 1) {
    return number ? 9 : 8;
  }
  for (size_t k = 0; k < OG_COUNT(widths); k++) {
    if (number >= -widths[k].below && number < widths[k].below) {
      *size = widths[k].size;
      return widths[k].type;
    }
  }
  *size = 8;
  return 6;
}

/* payload = the record of a row (2.1). */
static OgStatus make_payload(OgBulk *bulk, const OgValue *values, size_t count, OgError *err) {
  unsigned char header[1 + OG_BULK_MAX_COLUMNS * MAX_VARINT];
  size_t sizes[OG_BULK_MAX_COLUMNS];
  size_t used = 1;
  size_t total = 0;
  assert(count <= OG_BULK_MAX_COLUMNS);
  for (size_t k = 0; k < count; k++) {
    used += put_varint(header + used, serial_type(&values[k], &sizes[k]));
    total += sizes[k];
  }
  if (total > bulk->longest - used) {
    return og_error_set(err, OG_FAILED, "a text is too long for %s: SQLite has rows of %zu bytes",
                        bulk->path, bulk->longest);
  }
  header[0] = (unsigned char)used; /* under 128: a varint of one byte */
  og_buffer_reset(&bulk->payload);
  OG_TRY(og_buffer_reserve(&bulk->payload, used + total, err));
  unsigned char *to = (unsigned char *)bulk->payload.data;
  memcpy(to, header, used);
  to += used;
  for (size_t k = 0; k < count; k++) {
    if (values[k].kind == OG_VALUE_INTEGER) {
      put_big(to, (uint64_t)values[k].integer, sizes[k]);
    } else if (sizes[k] > 0) {
      memcpy(to, values[k].text.data, sizes[k]);
    }
    to += sizes[k];
  }
  bulk->payload.size = used + total;
  return OG_OK;
}

/* How much of a payload stays in its cell (1.6, "cell payload"). */
static size_t local_size(const OgBulk *bulk, size_t size) {
  const size_t most = bulk->table ? bulk->usable - 35 : (bulk->usable - 12) * 64 / 255 - 23;
  if (size <= most) {
    return size;
  }
  const size_t least = (bulk->usable - 12) * 32 / 255 - 23;
  const size_t some = least + (size - least) % (bulk->usable - CHILD);
  return some <= most ? some : least;
}

/* Put what does not stay in the cell into a chain of pages of its own (1.7). */
static OgStatus write_overflow(OgBulk *bulk, const char *bytes, size_t size, OgError *err) {
  const size_t room = bulk->usable - CHILD;
  while (size > 0) {
    unsigned char *page;
    uint32_t number;
    const size_t here = size < room ? size : room;
    OG_TRY(take_page(bulk, &page, &number, err));
    memcpy(page + CHILD, bytes, here);
    bytes += here;
    size -= here;
    put_big(page, size > 0 ? next_page(bulk) : 0, CHILD);
  }
  return OG_OK;
}

/* ---- Order ---- */

/* As SQLite orders values: NULL, then numbers, then texts by their bytes. */
static int compare_values(const OgValue *a, const OgValue *b) {
  if (a->kind != b->kind) {
    return a->kind < b->kind ? -1 : 1;
  }
  if (a->kind != OG_VALUE_TEXT) {
    const bool numbers = a->kind == OG_VALUE_INTEGER;
    return numbers ? (a->integer > b->integer) - (a->integer < b->integer) : 0;
  }
  const size_t shared = a->text.size < b->text.size ? a->text.size : b->text.size;
  const int order = shared > 0 ? memcmp(a->text.data, b->text.data, shared) : 0;
  return order ? order : (a->text.size > b->text.size) - (a->text.size < b->text.size);
}

/* True when the row belongs behind the one before. */
static bool is_behind(const OgBulk *bulk, int64_t rowid, const OgValue *values, size_t count) {
  if (!bulk->has_last) {
    return true;
  }
  if (bulk->table) {
    return rowid > bulk->last_rowid;
  }
  int order = 0;
  for (size_t k = 0; k < count && k < bulk->last_count && order == 0; k++) {
    order = compare_values(&values[k], &bulk->last_key[k]);
  }
  return order > 0;
}

static OgStatus keep_last(OgBulk *bulk, int64_t rowid, const OgValue *values, size_t count,
                          OgError *err) {
  size_t texts = 0;
  bulk->has_last = true;
  bulk->last_rowid = rowid;
  bulk->last_count = bulk->table ? 0 : count;
  for (size_t k = 0; k < bulk->last_count; k++) {
    bulk->last_key[k] = values[k];
    texts += values[k].kind == OG_VALUE_TEXT ? values[k].text.size : 0;
  }
  if (texts == 0) {
    return OG_OK;
  }
  og_buffer_reset(&bulk->last_texts);
  OG_TRY(og_buffer_reserve(&bulk->last_texts, texts, err)); /* so that it stays where it is */
  for (size_t k = 0; k < bulk->last_count; k++) {
    OgText *text = &bulk->last_key[k].text;
    if (values[k].kind == OG_VALUE_TEXT) {
      const char *copy = bulk->last_texts.data + bulk->last_texts.size;
      OG_TRY(og_buffer_append(&bulk->last_texts, text->data, text->size, err));
      text->data = copy;
    }
  }
  return OG_OK;
}

OgStatus og_bulk_add(OgBulk *bulk, int64_t rowid, const OgValue *values, size_t count,
                     OgError *err) {
  unsigned char head[2 * MAX_VARINT];
  assert(is_behind(bulk, rowid, values, count));
  OG_TRY(make_payload(bulk, values, count, err));
  const size_t size = bulk->payload.size;
  const size_t local = local_size(bulk, size);
  const size_t link = local < size ? CHILD : 0;
  size_t used = put_varint(head, size);
  if (bulk->table) {
    used += put_varint(head + used, (uint64_t)rowid);
  }
  const size_t bare_size = used + local + link;
  const size_t cell_size = bare_size < LEAST_CELL ? LEAST_CELL : bare_size;
  if (!fits(bulk, 0, cell_size)) {
    OG_TRY(close_leaf(bulk, err));
  }
  unsigned char *cell = take_cell(bulk, 0, cell_size);
  memcpy(cell, head, used);
  memcpy(cell + used, bulk->payload.data, local);
  bulk->last_size = bare_size;
  if (link) {
    put_big(cell + used + local, next_page(bulk), CHILD);
    OG_TRY(write_overflow(bulk, bulk->payload.data + local, size - local, err));
  }
  return keep_last(bulk, rowid, values, count, err);
}

/* ---- Trees ---- */

static OgStatus not_new(const OgBulk *bulk, OgError *err) {
  return og_error_set(err, OG_FAILED, "%s is not a new database", bulk->path);
}

OgStatus og_bulk_begin(OgBulk *bulk, const char *name, OgError *err) {
  unsigned char flag;
  bulk->root = 0;
  bulk->has_last = false;
  for (size_t k = 0; k < bulk->root_count; k++) {
    if (strcmp(bulk->roots[k].name, name) == 0) {
      bulk->root = bulk->roots[k].page;
    }
  }
  if (bulk->root == 0) {
    return og_error_set(err, OG_FAILED, "%s has no table or index \"%s\" to fill", bulk->path,
                        name);
  }
  const off_t offset = (off_t)((uint64_t)(bulk->root - 1) * bulk->page_size);
  const ssize_t got = pread(bulk->file, &flag, 1, offset);
  if (got != 1) {
    return got < 0 ? og_error_errno(err, "read", bulk->path) : not_new(bulk, err);
  }
  assert(flag == LEAF_TABLE || flag == LEAF_INDEX); /* it is empty */
  bulk->table = flag == LEAF_TABLE;
  return open_level(bulk, 0, err);
}

OgStatus og_bulk_end(OgBulk *bulk, OgError *err) {
  uint32_t right = 0;
  unsigned char *page;
  for (size_t level = 0; level + 1 < bulk->height; level++) {
    uint32_t number;
    OG_TRY(take_page(bulk, &page, &number, err));
    copy_level(bulk, level, right, page);
    right = number;
  }
  page = og_calloc(bulk->page_size, 1);
  if (!page) {
    return og_error_no_memory(err);
  }
  copy_level(bulk, bulk->height - 1, right, page);
  const OgStatus status =
      write_at(bulk, page, bulk->page_size, (uint64_t)(bulk->root - 1) * bulk->page_size, err);
  og_free(page);
  return status;
}

/* ---- The file ---- */

static OgStatus read_roots(OgBulk *bulk, sqlite3 *db, OgError *err) {
  static const char sql[] = "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 1";
  sqlite3_stmt *row = NULL;
  OgStatus status = OG_OK;
  int code = SQLITE_ERROR;
  if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK) {
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
      const char *name = (const char *)sqlite3_column_text(row, 0);
      Root *roots = og_arena_grow(&bulk->names, bulk->roots, bulk->root_count, &bulk->root_capacity,
                                  sizeof *roots);
      const char *copy = name ? og_arena_copy(&bulk->names, name, strlen(name)) : NULL;
      if (!roots || !copy) {
        status = og_error_no_memory(err);
        goto done;
      }
      bulk->roots = roots;
      bulk->roots[bulk->root_count++] = (Root){copy, (uint32_t)sqlite3_column_int64(row, 1)};
    }
  }
  status = code == SQLITE_DONE ? OG_OK : og_sqlite_fault(db, "read", bulk->path, err);
done:
  sqlite3_finalize(row);
  return status;
}

static OgStatus read_schema(OgBulk *bulk, OgError *err) {
  sqlite3 *db = NULL;
  OG_TRY(og_sqlite_open(bulk->path, SQLITE_OPEN_READONLY, 0, &db, err));
  bulk->longest = (size_t)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1);
  const OgStatus status = read_roots(bulk, db, err);
  sqlite3_close(db);
  return status;
}

static OgStatus read_header(OgBulk *bulk, OgError *err) {
  unsigned char header[HEADER_SIZE];
  const ssize_t got = pread(bulk->file, header, sizeof header, 0);
  if (got != HEADER_SIZE) {
    return got < 0 ? og_error_errno(err, "read", bulk->path) : not_new(bulk, err);
  }
  if (get_big(header + LARGEST_ROOT_AT, 4) != 0) { /* it has pages that say where pages belong */
    return og_error_set(err, OG_FAILED, "%s has auto_vacuum, and cannot be filled", bulk->path);
  }
  const size_t page_size = get_big(header + PAGE_SIZE_AT, 2);
  bulk->page_size = page_size == 1 ? 1 << 16 : page_size;
  bulk->usable = bulk->page_size - header[RESERVED_AT];
  bulk->lock_page = (uint32_t)(lock_byte / bulk->page_size) + 1;
  bulk->pages = (uint32_t)get_big(header + PAGES_AT, 4);
  bulk->out = og_calloc(OUT_PAGES, bulk->page_size);
  return bulk->out ? OG_OK : og_error_no_memory(err);
}

OgStatus og_bulk_open(const char *path, OgBulk **bulk, OgError *err) {
  OgBulk *made = OG_NEW(OgBulk);
  if (!made) {
    return og_error_no_memory(err);
  }
  OgStatus status = OG_OK;
  made->file = -1;
  made->path = og_strdup(path);
  if (!made->path) {
    status = og_error_no_memory(err);
    goto done;
  }
  OG_GO(read_schema(made, err));
  made->file = open(path, O_RDWR | O_CLOEXEC);
  if (made->file < 0) {
    status = og_error_errno(err, "open", path);
    goto done;
  }
  OG_GO(read_header(made, err));
  *bulk = made;
  made = NULL;
done:
  og_bulk_close(made);
  return status;
}

/* The count of pages is all that changes in the header: the change counter may stay, as no handle
 * has seen the file at this count. */
OgStatus og_bulk_commit(OgBulk *bulk, OgError *err) {
  unsigned char pages[4];
  OG_TRY(flush(bulk, err));
  put_big(pages, bulk->pages, sizeof pages);
  return write_at(bulk, pages, sizeof pages, PAGES_AT, err);
}

void og_bulk_close(OgBulk *bulk) {
  if (!bulk) {
    return;
  }
  if (bulk->file >= 0) {
    close(bulk->file);
  }
  for (size_t level = 0; level < MAX_LEVELS; level++) {
    og_free(bulk->levels[level].page);
  }
  og_arena_clear(&bulk->names);
  og_buffer_clear(&bulk->last_texts);
  og_buffer_clear(&bulk->payload);
  og_free(bulk->out);
  og_free(bulk->path);
  og_free(bulk);
}

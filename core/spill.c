#include "core/spill.h"

#include "core/scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
  LARGE = 1 << 20,
  CHUNK = 1 << 20,
  TURN = 32 << 20,
  CODE = 16 << 20, /* the program's and its libraries': pages of files, too */
  SMALL = 8 << 20, /* what it has in small blocks when it holds nothing large */
  SLACK = 8,
  TOUCHED = 8 << 20, /* between two ticks, and a sixteenth of the limit */
  TOUCHED_SHARE = 16,
  A_TICK = 32 << 20, /* what is touched until the next tick, at the most */
  MOST_BLOCKS = 64,
  PAGE = 4096,
  CACHE_SHARE = 8,
  CACHE = 2 << 20 /* as large as SQLite's own, whatever the limit */
};

/* A block in a file. */
typedef struct Block {
  char *bytes; /* NULL: none */
  size_t size;
  int file;
} Block;

static atomic_bool wanted;
static atomic_size_t spilled; /* bytes of all blocks in files */
static atomic_long idle;      /* ticks to come that need not look */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Under the lock: */
static size_t limit;
static size_t held; /* bytes of large blocks in memory */
static char directory[PATH_MAX];
static Block blocks[MOST_BLOCKS];

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

void og_spill_begin(size_t bytes, const char *where) {
  pthread_mutex_lock(&lock);
  limit = bytes;
  snprintf(directory, sizeof directory, "%s", where);
  atomic_store(&wanted, atomic_load(&wanted) || bytes > 0);
  pthread_mutex_unlock(&lock);
}

/* What the limit leaves for data. */
static size_t budget(void) {
  return limit - least(limit, CODE + SMALL);
}

size_t og_spill_allowance(size_t most) {
  pthread_mutex_lock(&lock);
  const size_t share = budget() / CACHE_SHARE > CACHE ? budget() / CACHE_SHARE : CACHE;
  const size_t allowed = limit > 0 ? least(most, share) : most;
  pthread_mutex_unlock(&lock);
  return allowed;
}

/* The number that a file of the system holds; SIZE_MAX when there is none, or it says "max". */
static size_t read_number(const char *path) {
  char text[32] = "";
  FILE *file = fopen(path, "re");
  if (file) {
    const bool got = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (got && text[0] >= '0' && text[0] <= '9') {
      return strtoull(text, NULL, 10);
    }
  }
  return SIZE_MAX;
}

size_t og_spill_usual_limit(void) {
  static const char *const containers[] = {"/sys/fs/cgroup/memory.max",
                                           "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  size_t memory = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0;
  for (size_t k = 0; k < OG_COUNT(containers); k++) {
    memory = least(memory, read_number(containers[k]));
  }
  return memory / 2;
}

bool og_spill_wanted(void) {
  return atomic_load_explicit(&wanted, memory_order_relaxed);
}

size_t og_spill_size(void) {
  return atomic_load(&spilled);
}

/* ---- Blocks in files ---- */

/* The row of a block, or with NULL a free one; NULL when there is none. */
static Block *find(const void *bytes) {
  for (size_t k = 0; k < MOST_BLOCKS; k++) {
    if (blocks[k].bytes == bytes) {
      return &blocks[k];
    }
  }
  return NULL;
}

static void release(Block *block) {
  if (block->bytes) {
    munmap(block->bytes, block->size);
    atomic_fetch_sub(&spilled, block->size);
  }
  close(block->file);
  *block = (Block){0};
}

/* Bytes of memory that the process holds, and those of them that are pages of files. */
typedef struct Holding {
  size_t all, files; /* 0 when the system does not say */
} Holding;

/* The system's file of this process's memory: opening it costs five times what reading it does.
 * After a fork it is still that of the parent. */
static int memory_file(void) {
  static int file = -1;
  static pid_t owner;
  if (owner != getpid()) {
    if (file >= 0) {
      close(file);
    }
    file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    owner = getpid();
  }
  return file;
}

static Holding holding(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char text[128];
  const ssize_t size = pread(memory_file(), text, sizeof text - 1, 0);
  text[size > 0 ? size : 0] = '\0';
  const char *all = strchr(text, ' ');
  if (!all) {
    return (Holding){0, 0};
  }
  char *files;
  const size_t pages = strtoul(all, &files, 10);
  return (Holding){pages * page, strtoul(files, NULL, 10) * page};
}

/* The bytes in pages of files that the limit has room for: what the heap and the pages of the time
 * until the next tick leave, and where that is less, an eighth of the limit beside the program
 * itself. To give back more would not bring the process under the limit, and every page that is in
 * use would have to be fetched again. */
static size_t room_for_files(Holding now) {
  const size_t heap = now.all - least(now.all, now.files);
  const size_t left = limit - least(limit, heap + TOUCHED + limit / TOUCHED_SHARE);
  const size_t needed = limit / SLACK + CODE;
  return left > needed ? left : needed;
}

/* When the process holds more than the limit, give pages of files back in turn, an eighth of them
 * more than is asked for. */
static void give_pages_back(void) {
  static size_t block, at; /* whose turn it is */
  if (limit == 0) {
    return;
  }
  const Holding now = holding();
  const size_t room = room_for_files(now);
  if (now.files <= room) {
    atomic_store(&idle, (long)((room - now.files) / A_TICK));
    return;
  }
  for (size_t rows = 0; rows <= MOST_BLOCKS;) {
    const Block *row = &blocks[block];
    if (at >= row->size) {
      at = 0;
      block = (block + 1) % MOST_BLOCKS;
      rows++;
      continue;
    }
    /* of a shared mapping: the file keeps what is written */
    madvise(row->bytes + at, least(row->size - at, TURN), MADV_DONTNEED);
    at += TURN;
    if (holding().files <= room - room / SLACK) {
      break;
    }
  }
}

static void copy(char *to, const char *from, size_t size) {
  for (size_t at = 0; at < size; at += CHUNK) {
    memcpy(to + at, from + at, least(CHUNK, size - at));
    give_pages_back();
  }
}

/* A new block in a file that begins with the bytes of another; NULL when the disk has no room. */
static Block *make_block(size_t size, const char *from, size_t count) {
  Block *block = find(NULL);
  if (!block) {
    return NULL;
  }
  const int file = og_scratch_open(directory);
  if (file < 0) {
    return NULL;
  }
  if (posix_fallocate(file, 0, (off_t)size) == 0) {
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (bytes != MAP_FAILED) {
      *block = (Block){bytes, size, file};
      atomic_fetch_add(&spilled, size);
      copy(bytes, from, count);
      return block;
    }
  }
  close(file);
  return NULL;
}

/* NULL, and the block as it was, when the disk has no room. */
static void *resize_block(Block *block, size_t size) {
  if (size > block->size &&
      posix_fallocate(block->file, (off_t)block->size, (off_t)(size - block->size)) != 0) {
    return NULL;
  }
  void *bytes = mremap(block->bytes, block->size, size, MREMAP_MAYMOVE);
  if (bytes == MAP_FAILED) {
    return NULL;
  }
  atomic_fetch_add(&spilled, size - block->size); /* wraps as it should when smaller */
  block->bytes = bytes;
  block->size = size;
  return bytes;
}

/* ---- Blocks of both kinds ---- */

/* Whether a block is none of ours to count: those in files begin a page, as those of malloc hardly
 * ever do. */
static bool is_small(void *block) {
  return !block || ((uintptr_t)block % PAGE != 0 && malloc_usable_size(block) < LARGE);
}

static size_t counted(size_t size) {
  return size >= LARGE ? size : 0;
}

static void count(size_t more, size_t less) {
  held += counted(more);
  held -= least(held, counted(less)); /* some are from before the limit */
}

static void *resize_in_memory(void *block, size_t size, bool zeroed) {
  const size_t before = block ? malloc_usable_size(block) : 0;
  void *bytes = zeroed ? calloc(1, size) : realloc(block, size);
  if (bytes) {
    count(malloc_usable_size(bytes), before);
  }
  return bytes;
}

/* Bring a block back from its file. */
static void *fetch_block(Block *block, size_t size) {
  void *bytes = malloc(size);
  if (bytes) {
    copy(bytes, block->bytes, least(block->size, size));
    release(block);
    count(malloc_usable_size(bytes), 0);
  }
  return bytes;
}

static void *resize(void *block, size_t size, bool zeroed) {
  Block *row = block ? find(block) : NULL;
  if (row) {
    void *bytes = size >= LARGE ? resize_block(row, size) : NULL;
    return bytes ? bytes : fetch_block(row, size); /* small again, or no room on the disk */
  }
  const size_t before = block ? malloc_usable_size(block) : 0;
  if (limit > 0 && size >= LARGE && held + size - counted(before) > budget() / 2) {
    row = make_block(size, block, least(before, size));
    if (row) {
      count(0, before);
      free(block);
      return row->bytes;
    }
  }
  return resize_in_memory(block, size, zeroed);
}

void *og_spill_resize(void *block, size_t size, bool zeroed) {
  if (size < LARGE && is_small(block)) {
    return zeroed ? calloc(1, size) : realloc(block, size);
  }
  pthread_mutex_lock(&lock);
  void *bytes = resize(block, size, zeroed);
  pthread_mutex_unlock(&lock);
  return bytes;
}

void og_spill_free(void *block) {
  if (is_small(block)) {
    free(block);
    return;
  }
  pthread_mutex_lock(&lock);
  Block *row = find(block);
  if (row) {
    release(row);
    block = NULL;
  } else {
    count(0, malloc_usable_size(block));
  }
  pthread_mutex_unlock(&lock);
  free(block);
}

/* ---- Long work ---- */

void og_spill_tick(void) {
  if (atomic_load_explicit(&spilled, memory_order_relaxed) > 0 &&
      atomic_fetch_sub_explicit(&idle, 1, memory_order_relaxed) <= 0) {
    pthread_mutex_lock(&lock);
    give_pages_back();
    pthread_mutex_unlock(&lock);
  }
}

void og_spill_fill(void *block, int byte, size_t size) {
  for (size_t at = 0; at < size; at += CHUNK) {
    memset((char *)block + at, byte, least(CHUNK, size - at));
    og_spill_tick();
  }
}

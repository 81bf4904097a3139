/* api: marks of the public interface. Bottom layer: includes nothing of ours. */
#ifndef OG_CORE_API_H
#define OG_CORE_API_H

#if defined(__GNUC__) || defined(__clang__)
#define OG_API                __attribute__((visibility("default")))
#define OG_MUST_CHECK         __attribute__((warn_unused_result))
#define OG_PRINTF(text, args) __attribute__((format(printf, text, args)))
#define OG_UNUSED             __attribute__((unused))
#else
#define OG_API
#define OG_MUST_CHECK
#define OG_PRINTF(text, args)
#define OG_UNUSED
#endif

/* A function with loops over floats, compiled once for each level of x86-64 and chosen when the
 * program starts. The functions it inlines are compiled with it. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(OG_NO_CLONES)
#define OG_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OG_KERNEL
#endif

/* Number of elements of an array (not of a pointer). */
#define OG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif

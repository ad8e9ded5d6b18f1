/* Whether the address sanitizer is at work: HOST_SANITIZED is 0 or 1. */
#ifndef FLOPCLOCK_TESTS_HOST_SANITIZER_H
#define FLOPCLOCK_TESTS_HOST_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define HOST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOST_SANITIZED 1
#endif
#endif
#ifndef HOST_SANITIZED
#define HOST_SANITIZED 0
#endif

#endif

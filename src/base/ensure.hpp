// ENSURE: a programmer's assumption, checked in every build. When it does not hold, the process prints where and
// stops; it restarts and resumes from the journal. Never for bad input or a broken peer: those are `error` values.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace keepline::base {

[[noreturn]] inline void ensure_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "ENSURE failed: %s at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace keepline::base

#define ENSURE(condition) \
    ((condition) ? static_cast<void>(0) : ::keepline::base::ensure_failed(#condition, __FILE__, __LINE__))

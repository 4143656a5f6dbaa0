#include "app/hardening.hpp"

#include "base/locked_bytes.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace keepline::app {

namespace {

void limit_core_files(bool none) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
    limit.rlim_cur = none ? 0 : limit.rlim_max;
    ::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

void harden_process() {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit_core_files(true);
    base::lock_private_keys();
}

void allow_dumps() {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    limit_core_files(false);
}

}  // namespace keepline::app

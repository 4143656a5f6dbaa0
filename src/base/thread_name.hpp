// What a thread is called where an operator sees it: `top -H`, gdb, perf.
#pragma once

#include <pthread.h>
#include <string>

namespace keepline::base {

/// Names the calling thread; what is longer than Linux keeps (15 bytes) is cut.
inline void name_this_thread(std::string name) {
    constexpr std::size_t longest = 15;
    if (name.size() > longest) name.resize(longest);
    ::pthread_setname_np(::pthread_self(), name.c_str());
}

}  // namespace keepline::base

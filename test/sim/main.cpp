// ./dev sim: runs seeds; a seed that fails is run again on shorter and shorter scripts, and the shortest that still
// fails is printed.
#include "simulation.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace keepline::sim {
namespace {

struct options {
    std::uint64_t from = 1;
    std::uint64_t seeds = 1'000;
    std::uint64_t twice = 0;  // so many are run twice, and compared byte for byte
    bool reach = false;
    bool shorten = true;
    bool trace = false;
};

std::uint64_t running_seed = 0;

/// A broken promise of the code itself (ENSURE, a sanitizer) ends the process: say at least where.
void say_seed(int signal) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, "seed %llu: the server ended itself\n",
                                     static_cast<unsigned long long>(running_seed));
    if (length > 0) (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(length));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

bool read(int argc, char** argv, options& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto number = [&](std::uint64_t& into) {
            char* end = nullptr;
            if (i + 1 >= argc) return false;
            into = std::strtoull(argv[++i], &end, 10);
            return *end == '\0';
        };
        bool good = true;
        if (name == "--seeds")
            good = number(out.seeds);
        else if (name == "--from")
            good = number(out.from);
        else if (name == "--seed") {
            good = number(out.from);
            out.seeds = 1;
            out.twice = 1;
        } else if (name == "--twice")
            good = number(out.twice);
        else if (name == "--reach")
            out.reach = true;
        else if (name == "--trace")
            out.trace = true;
        else if (name == "--as-it-is")
            out.shorten = false;
        else
            good = false;
        if (!good) return false;
    }
    return true;
}

/// Leaves out what it can: halves first, then less, then one action at a time.
script shortest(std::uint64_t seed, script now) {
    int tries = 1'500;
    for (auto piece = now.size() / 2; piece > 0 && tries > 0; piece /= 2)
        for (std::size_t at = 0; at < now.size() && tries > 0;) {
            auto less = now;
            const auto end = std::min(now.size(), at + piece);
            less.erase(less.begin() + static_cast<std::ptrdiff_t>(at), less.begin() + static_cast<std::ptrdiff_t>(end));
            --tries;
            if (run(seed, less).broken.empty())
                at += piece;
            else
                now = std::move(less);
        }
    return now;
}

int whole(const options& how) {
    reached all;
    for (std::uint64_t i = 0; i < how.seeds; ++i) {
        const auto seed = running_seed = how.from + i;
        const auto what = script_of(seed);
        const auto got = run(seed, what, how.reach ? &all : nullptr);
        if (how.trace) std::fputs(got.trace.c_str(), stdout);
        if (i < how.twice && run(seed, what).trace != got.trace) {
            std::printf("seed %llu: two runs of it are not the same\n", static_cast<unsigned long long>(seed));
            return 2;
        }
        if (got.broken.empty()) continue;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), got.broken.c_str());
        if (how.shorten) {
            const auto less = shortest(seed, what);
            const auto again = run(seed, less);
            std::printf("%zu of its %zu actions are enough: %s\n", less.size(), what.size(), again.broken.c_str());
            for (const auto& one : less) std::printf("  %s\n", text_of(one).c_str());
            std::printf("what was answered, written and sent:\n%s", again.trace.c_str());
        }
        std::printf("%llu seeds, the last one fails\n", static_cast<unsigned long long>(i + 1));
        return 1;
    }
    for (const auto& [what, times] : all) std::printf("%9ld  %s\n", times, what.c_str());
    std::printf("%llu seeds, all hold; %llu of them run twice, to the byte the same\n",
                static_cast<unsigned long long>(how.seeds),
                static_cast<unsigned long long>(std::min(how.twice, how.seeds)));
    return 0;
}

}  // namespace
}  // namespace keepline::sim

int main(int argc, char** argv) {
    keepline::sim::options how;
    if (!keepline::sim::read(argc, argv, how)) {
        std::fputs("simulation [--seeds N] [--from S] [--seed S] [--twice N] [--reach] [--trace] [--as-it-is]\n",
                   stderr);
        return 64;
    }
    std::signal(SIGABRT, keepline::sim::say_seed);
    return keepline::sim::whole(how);
}

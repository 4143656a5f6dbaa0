#include "app/cli.hpp"
#include "app/hardening.hpp"

#include <iostream>
#include <unistd.h>

int main(int argc, char** argv) {
    keepline::app::harden_process();
    keepline::app::console at{std::cin, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1,
                              keepline::app::environment_of(environ)};
    return keepline::app::run({argv + 1, argv + argc}, at);
}
